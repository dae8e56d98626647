"""What ``ssoc doctor`` looks at for notification: the mail server."""

from collections.abc import Iterator

from ssoc.core.module import Finding
from ssoc.core.work import Runtime
from ssoc.notify.channels import mail


def mail_server(runtime: Runtime) -> Iterator[Finding]:
    """Yield whether the mail server lets us in; nothing where none is set."""
    chosen = runtime.settings.notify
    if not chosen.mail_server:
        return
    fault = mail.look(chosen)
    if fault:
        cure = "correct [notify] mail_server, mail_tls, mail_user, mail_password, or start it"
        yield Finding("mail", "bad", f"{chosen.mail_server}: {fault}", cure)
    else:
        how = f"{chosen.mail_tls}, {'signed in' if chosen.mail_user else 'without a sign-in'}"
        yield Finding("mail", "good", f"{chosen.mail_server} answers ({how})")
