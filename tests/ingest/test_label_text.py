from web.ingest.label_text import WrittenAlert, read

TWO = """Labels:
 - alertname = PaymentErrors
 - country = KE
 - note = a = b
Annotations:
 - summary = first line
second line
 - runbook_url = https://rb/1
Source: http://prom/graph?g0.expr=x&g0.tab=1
Labels:
 - alertname = PaymentErrors
 - country = TZ
Annotations:
Source: http://prom/graph
"""


def test_written_alerts_are_read_back() -> None:
    assert read(TWO) == [
        WrittenAlert(
            {"alertname": "PaymentErrors", "country": "KE", "note": "a = b"},
            {"summary": "first line\nsecond line", "runbook_url": "https://rb/1"},
            "http://prom/graph?g0.expr=x&g0.tab=1",
        ),
        WrittenAlert({"alertname": "PaymentErrors", "country": "TZ"}, {}, "http://prom/graph"),
    ]


def test_other_texts_hold_no_alerts() -> None:
    for text in ("", "the core is down", "Labels:\n", "Labels:\nnothing", "Source: x", " - a = b"):
        assert read(text) == []
