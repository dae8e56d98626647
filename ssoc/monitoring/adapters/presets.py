"""Operators' own APIs as settings of the ``http`` adapter: data, not code.

None has a public health page. Each preset asks the cheapest read that shows the platform working;
host, secrets and the country are the check's own. Codes and words: see the operators' public
documentation; what nobody confirmed is only ever read as degraded, never as down.
"""

from collections.abc import Mapping
from typing import Any

MPESA_DOWN = ["INS-6"]
MPESA_SLOW = ["INS-9", "INS-16"]

PRESETS: Mapping[str, Mapping[str, Any]] = {
    # Safaricom Daraja: the token call is the only read that answers at once; the balance and
    # status queries are merely acknowledged. Needs: url, auth (kind basic: consumer key, secret).
    "daraja": {
        "url": "https://api.safaricom.co.ke/oauth/v1/generate",
        "params": {"grant_type": "client_credentials"},
        "when": {
            "ok": {"access_token": "*"},
            "refused": {"errorCode": ["404.001.03", "400.003.01"]},
            "configuration": {"errorCode": ["500.003.02", "500.003.03"]},
        },
        "values": {"token_life_seconds": {"path": "expires_in", "unit": "s"}},
    },
    # MTN MoMo, collection. Needs: url, auth (kind oauth2, token_url …/collection/token/, headers
    # with Ocp-Apim-Subscription-Key), headers (the same key and X-Target-Environment).
    "mtn-momo": {
        "url": "https://proxy.momoapi.mtn.com/collection/v1_0/account/balance",
        "values": {"available_balance": "availableBalance"},
    },
    # Airtel Africa. A 200 with status.success false is a failure; balances carry commas.
    # Needs: url, auth (kind oauth2, client_auth json), headers X-Country and X-Currency.
    "airtel": {
        "url": "https://openapi.airtel.africa/standard/v1/users/balance",
        "when": {"ok": {"status.success": True}, "down": {"status.success": False}},
        "values": {"balance": {"path": "data.balance", "commas": True}},
    },
    # Orange Money web payment: the status of an old order. Any status it knows shows it working.
    # Needs: url with the country, json (order_id, amount, pay_token), auth (kind oauth2).
    "orange": {
        "url": "https://api.orange.com/orange-money-webpay/dev/v1/transactionstatus",
        "method": "POST",
        "when": {"ok": {"status": ["INITIATED", "PENDING", "SUCCESS", "FAILED", "EXPIRED"]}},
    },
    # M-Pesa OpenAPI (TZ, LS, GH, CD): a session. Needs: url with environment and market, auth
    # (kind rsa), headers Origin.
    "mpesa-openapi": {
        "url": "https://openapi.m-pesa.com/openapi/ipg/v2/vodacomTZN/getSession/",
        "when": {
            "ok": {"output_ResponseCode": "INS-0"},
            "down": {"output_ResponseCode": MPESA_DOWN},
            "degraded": {"output_ResponseCode": MPESA_SLOW},
        },
    },
}
