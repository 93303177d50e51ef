"""What the answers of a token endpoint mean (OAuth 2.0), and those to a login with its token.

The endpoint is Microsoft's or Google's. Each answer is about us: the application, its secret, its
rights. So the remedy says what the office's IT changes, and in which portal.
"""

from __future__ import annotations

from typing import Final

from dispatch.domain.replies.meanings import Meaning, Whose

SECRET_EXPIRED: Final = Meaning(
    Whose.US,
    "the client secret of our application at Microsoft has expired",
    "make a new one (Entra admin centre, App registrations, Certificates & secrets) and put its "
    "value into DISPATCH_OAUTH_CLIENT_SECRET",
)
SECRET_WRONG: Final = Meaning(
    Whose.US,
    "Microsoft does not accept the client secret of our application",
    "put the secret's value, and not its id, into DISPATCH_OAUTH_CLIENT_SECRET; make a new secret "
    "(Entra admin centre, App registrations, Certificates & secrets) if the value was not kept",
)
CREDENTIAL_MISSING: Final = Meaning(
    Whose.US,
    "our request had no credential that Microsoft accepts for this application",
    "set DISPATCH_OAUTH_CLIENT_SECRET or DISPATCH_OAUTH_CERTIFICATE, and register it for the "
    "application (Entra admin centre, App registrations, Certificates & secrets)",
)
CERTIFICATE_REFUSED: Final = Meaning(
    Whose.US,
    "Microsoft does not accept the certificate of our application: it is not registered there, has "
    "expired, or was used with another key",
    "upload the certificate of DISPATCH_OAUTH_CERTIFICATE (Entra admin centre, App registrations, "
    "Certificates & secrets), and check that DISPATCH_OAUTH_CERTIFICATE_KEY belongs to it",
)
CLOCK_WRONG: Final = Meaning(
    Whose.US,
    "the time in our request for a token was wrong",
    "set the clock of this machine (`timedatectl`)",
)
TENANT_UNKNOWN: Final = Meaning(
    Whose.US,
    "Microsoft knows no such tenant",
    "put the tenant's id or domain (Entra admin centre, Overview) into DISPATCH_OAUTH_TENANT",
)
APP_UNKNOWN: Final = Meaning(
    Whose.US,
    "Microsoft does not know our application in this tenant",
    "check DISPATCH_OAUTH_CLIENT_ID (Entra admin centre, App registrations, Application (client) "
    "ID) and DISPATCH_OAUTH_TENANT; the application may have been deleted",
)
APP_OFF: Final = Meaning(
    Whose.US,
    "our application is switched off, or may not use this service yet",
    "enable it and grant admin consent (Entra admin centre, Enterprise applications, Properties "
    "and Permissions)",
)
NO_EXCHANGE: Final = Meaning(
    Whose.US,
    "the tenant has no Exchange Online that our application may use",
    "check DISPATCH_OAUTH_TENANT, and add the permissions SMTP.SendAsApp and IMAP.AccessAsApp of "
    "Office 365 Exchange Online (Entra admin centre, App registrations, API permissions)",
)
CONDITIONAL_ACCESS: Final = Meaning(
    Whose.US,
    "a conditional access policy of the tenant keeps our application out",
    "exclude the application from the policy, or allow the address on the network of this machine "
    "(Entra admin centre, Conditional Access); the sign-in log names the policy",
)
GRANT_REFUSED: Final = Meaning(
    Whose.US,
    "Google does not accept our service account, its key or the mailbox that it acts for",
    "check that the mailbox of DISPATCH_SMTP_URL or DISPATCH_IMAP_URL exists, that the key of "
    "DISPATCH_OAUTH_SERVICE_ACCOUNT was not deleted (Google Cloud console, IAM, Service accounts, "
    "Keys), and that the clock of this machine is right",
)
DELEGATION_MISSING: Final = Meaning(
    Whose.US,
    "Google does not let our service account act for the mailbox",
    "add the account's client id with the scope https://mail.google.com/ (Google Admin console, "
    "Security, API controls, Domain-wide delegation); it may take a day to be known everywhere",
)
TOKEN_REFUSED: Final = Meaning(
    Whose.US,
    "the mail provider's token endpoint gives us no token",
    "show the reply to the administrator of Microsoft 365 or Google Workspace",
)
ENDPOINT_BUSY: Final = Meaning(
    Whose.US,
    "the mail provider's token endpoint does not serve us at the moment",
    "wait a few minutes, and resume; if it lasts, look at the provider's status page and at the "
    "office's proxy",
)
ENDPOINT_UNTRUSTED: Final = Meaning(
    Whose.US,
    "the certificate of the token endpoint is not one that we trust",
    "if a proxy of the office inspects TLS, name its authority in DISPATCH_OAUTH_CA, or exempt the "
    "provider's host from it; if not, somebody else may be answering",
)
ENDPOINT_UNREACHABLE: Final = Meaning(
    Whose.US,
    "the token endpoint cannot be reached",
    "allow this machine HTTPS to the provider's host in the firewall or proxy, check the name "
    "service, and resume",
)
ENDPOINT_STRANGE: Final = Meaning(
    Whose.US,
    "what answered is not the mail provider's token endpoint",
    "look whether a proxy or a sign-in page of the network answers in its place, and check "
    "DISPATCH_OAUTH_AUTHORITY",
)
FILE_UNUSABLE: Final = Meaning(
    Whose.US,
    "our certificate, its key or the service account's file cannot be used",
    "check the files that DISPATCH_OAUTH_CERTIFICATE, DISPATCH_OAUTH_CERTIFICATE_KEY or "
    "DISPATCH_OAUTH_SERVICE_ACCOUNT name: PEM for Microsoft, without a passphrase, JSON for Google",
)
TOKEN_NOT_TAKEN: Final = Meaning(
    Whose.US,
    "the mail server does not accept our login",
    "with a password, check that and the user; with an access token, check mailbox and tenant, "
    "admin consent for SMTP.SendAsApp and IMAP.AccessAsApp, and that New-ServicePrincipal got the "
    "object id of the Enterprise application and not of the app registration",
)
LOGIN_MALFORMED: Final = Meaning(
    Whose.US,
    "the mail server cannot read our login with an access token",
    "check that the user in DISPATCH_SMTP_URL is the mailbox's whole address, percent-encoded",
)
MAILBOX_NOT_OURS: Final = Meaning(
    Whose.US,
    "we are logged in, but have no right to this mailbox, or it is not there",
    "run Add-MailboxPermission with FullAccess for the service principal, and check that the user "
    "in DISPATCH_IMAP_URL is that mailbox",
)

OF_ENDPOINTS: Final = (
    (r"\bAADSTS7000222\b", SECRET_EXPIRED),
    (r"\bAADSTS7000215\b", SECRET_WRONG),
    (r"\bAADSTS(?:7000216|7000218)\b", CREDENTIAL_MISSING),
    (r"\bAADSTS(?:700027|700030|7000212|5000811)\b", CERTIFICATE_REFUSED),
    (r"\bAADSTS700024\b", CLOCK_WRONG),
    (r"\bAADSTS(?:90002|900023|900021)\b", TENANT_UNKNOWN),
    (r"\bAADSTS(?:700016|700038)\b", APP_UNKNOWN),
    (r"\bAADSTS(?:7000112|7000229|65001|50105|501051)\b", APP_OFF),
    (r"\bAADSTS(?:500011|650057|70011|1002012)\b", NO_EXCHANGE),
    (r"\bAADSTS530\d{2,4}\b", CONDITIONAL_ACCESS),
    (r"\bAADSTS\d+\b", TOKEN_REFUSED),
    (r"^invalid_grant\b .* \bshort-lived\s+token\b", CLOCK_WRONG),
    (r"^invalid_grant\b", GRANT_REFUSED),
    (r"^(?:unauthorized_client|access_denied|invalid_scope)\b", DELEGATION_MISSING),
    (r"\bcertificate\s+verify\s+failed\b | \bCERTIFICATE_VERIFY_FAILED\b", ENDPOINT_UNTRUSTED),
    (r"^no\s+connection\s+to\b", ENDPOINT_UNREACHABLE),
    (r"^our\s+certificate\s+or\s+key\s+file\b", FILE_UNUSABLE),
    (r"\bgave\s+no\s+token\b | \bnot\s+one\s+of\s+a\s+token\s+endpoint\b", ENDPOINT_STRANGE),
)
"""Patterns of what an endpoint says, or of what kept it from saying anything, in order."""

BUSY: Final = frozenset({408, 429, *range(500, 600)})
"""HTTP statuses that pass by themselves."""
