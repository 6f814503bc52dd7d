"""Who was called: names of outside services, from addresses in texts and from client libraries."""

import re

from tailback.core.failures.cloud import AWS_SERVICE_OF_OPERATION
from tailback.core.failures.table import table, words

# Client libraries (the first part of a type's name, or a folder in a trace) and whose they are.
SDKS = table("""
stripe: stripe
openai: openai
anthropic: anthropic
twilio: twilio
sendgrid: sendgrid python_http_client
slack: slack_sdk slack slack_bolt
github: github octokit gidgethub
gitlab: gitlab
google: google googleapiclient gspread signet gaxios
firebase: firebase_admin
azure: azure msrest msal
aws: botocore boto3 boto s3transfer aiobotocore aws awssdk aws-sdk
salesforce: simple_salesforce restforce salesforce
hubspot: hubspot
shopify: shopify shopifyapi
mailchimp: mailchimp_marketing mailchimp_transactional mailchimp gibbon mandrill
mailgun: mailgun
mailjet: mailjet_rest mailjet
postmark: postmarker postmark
resend: resend
braintree: braintree
paypal: paypalrestsdk paypalcheckoutsdk paypal
adyen: adyen
square: square squareup
plaid: plaid
zendesk: zenpy zendesk_api
intercom: intercom
minio: minio
algolia: algoliasearch algolia
telegram: telegram telethon aiogram pyrogram
discord: discord
facebook: facebook_business facebook koala
twitter: tweepy twitter
vault: hvac
docker: docker
kubernetes: kubernetes
ldap: ldap3 ldap net_ldap
mail: smtplib aiosmtplib net_smtp nodemailer
sftp: paramiko pysftp asyncssh net_ssh net_sftp net_scp ssh2
ftp: ftplib aioftp net_ftp
cohere: cohere
mistral: mistralai
vonage: vonage nexmo
messagebird: messagebird
xero: xero_python xero
docusign: docusign_esign docusign
dropbox: dropbox
box: boxsdk
jira: jira
notion: notion_client
airtable: pyairtable
pusher: pusher
jwt: jwt jose
cryptography: cryptography itsdangerous nacl
onesignal: onesignal
cloudinary: cloudinary
""")
_SDK_IN_TRACE = re.compile(
    "/@?(" + "|".join(sorted(SDKS, key=len, reverse=True)) + r")(?:(?:-[\d.]+)?/|\.py\")"
)
_FIRST_WORD = re.compile(r"[A-Z][a-z]+(?=[A-Z])")
# Well-known addresses of the same services.
DOMAINS = {
    "stripe.com": "stripe", "openai.com": "openai", "anthropic.com": "anthropic",
    "twilio.com": "twilio", "sendgrid.com": "sendgrid", "sendgrid.net": "sendgrid",
    "slack.com": "slack", "github.com": "github", "gitlab.com": "gitlab",
    "salesforce.com": "salesforce", "force.com": "salesforce", "hubapi.com": "hubspot",
    "hubspot.com": "hubspot", "myshopify.com": "shopify", "shopify.com": "shopify",
    "mailgun.net": "mailgun", "mailchimp.com": "mailchimp", "mandrillapp.com": "mailchimp",
    "postmarkapp.com": "postmark", "paypal.com": "paypal", "telegram.org": "telegram",
    "braintreegateway.com": "braintree", "resend.com": "resend", "mailjet.com": "mailjet",
    "zendesk.com": "zendesk", "intercom.io": "intercom", "plaid.com": "plaid",
    "googleapis.com": "google", "azure.com": "azure", "windows.net": "azure",
    "discord.com": "discord", "facebook.com": "facebook", "algolia.net": "algolia",
}  # fmt: skip
_TLDS = (
    "com|net|org|io|example|dev|app|co|ai|cloud|internal|local|localdomain|test|invalid|eu|de|uk"
    "|us|me|tech|info|biz|edu|gov|fr|nl|es|it|pt|se|no|fi|dk|pl|ch|at|be|br|in|jp|cn|au|nz|ca|kr"
    "|ru|tv|gg|sh|so|to|ly|cc|store|shop|site|online|xyz|lan|corp|intra|home|svc|arpa"
)
_AFTER_SCHEME = re.compile(r"://(?:[^\s/@'\"]*@)?([\w\-.]+)(?::\d+)?(/[^\s'\"]{0,60})?")
_SCHEMES = ("http", "https", "ws", "wss", "grpc", "grpcs", "ftp", "sftp", "ftps")
_HOST_ARGUMENT = re.compile(r"host='?\"?([\w\-.]+)", re.ASCII)
_NAMED_HOST = re.compile(
    r"(?:ENOTFOUND|EAI_AGAIN|lookup|resolve(?: host)?:?|connect to(?: host)?|connection to"
    r"|host name|resolve host|unknown host:?|UnknownHostException:"
    r"|connecting to|connect\(2\) for) "
    r"['\"]?([A-Za-z][\w\-]*(?:\.[\w\-]+)*)(?=[:,'\"\s)]|$)"
)
_BARE_HOST = re.compile(
    rf"(?<![@\w.\-/])((?:[a-z0-9][\w\-]*\.)+(?:{_TLDS}))(?![\w\-]|\.\w)", re.IGNORECASE
)
_QUOTED_HOST = re.compile(
    rf"[\"']((?:[a-z0-9][\w\-]*\.)+(?:{_TLDS}))(?::\d+)?[\"']", re.IGNORECASE
)
_NUMBERED = re.compile(r"^[\d.:]+$")
# What a host is for shows in its first label, and is what client libraries are named after.
_PROTOCOL_HOSTS = {"smtp": "mail", "sftp": "sftp", "ftp": "ftp", "ldap": "ldap", "ldaps": "ldap"}
_MAIL_PORT = re.compile(r"(?:[\w\]]:|\bport )(?:25|465|587)(?![\d:])")
_SHARD = re.compile(r"[\-_]?\d+$")
_COUNTRY_CHARS = 2
_SECOND_LEVEL = words("co com org net gov ac edu or ne go")
# Pages that explain errors are not what was called.
_DOC_LABELS = words("""
    docs support developer developers help errors sqlalche pydantic haxx curl
""")
_DOC_PATHS = ("/docs", "/errors", "/help", "/guides", "/wiki", "/e/", "/questions", "/support")
_AWS_OPERATION = re.compile(r"calling the (\w+) operation|Aws::(\w+)::")
_AWS_HOST = re.compile(
    r"(?:^|\.)([a-z][a-z0-9\-]*?)(?:[.\-](?:[a-z]{2}(?:-[a-z]+)+-\d|global))?\.amazonaws\.com"
)
_SUBJECT = re.compile(
    r"^(?:the )?((?:[A-Z][\w\-]*|[a-z]+)(?: (?:API|api|service|Service|gateway|[A-Z]\w+)){0,2}) "
    r"(?:rate.?limited|returned|responded|answered|timed out|time ?out|is down|is unavailable"
    r"|unavailable|rejected|refused|did not|says|said|throttled|gave|failed"
    r"|request|error|responds|is not)"
)  # fmt: skip
_PROVIDER = re.compile(
    r"\b(Stripe|Twilio|SendGrid|OpenAI|Anthropic|Slack|GitHub|GitLab|Salesforce|HubSpot|Shopify"
    r"|Mailchimp|Mailgun|Mailjet|Postmark|PayPal|Braintree|Adyen|Plaid|Zendesk|Intercom|Algolia"
    r"|Telegram|Firebase|Xero|Dropbox|Cloudinary)\b"
)
_GENERIC_SUBJECTS = words("""
    request read connection connect operation job task command server client error http https
    api query upload download the call send sending it this that response remote host service
    upstream message failed max session socket network an unable could cannot not invalid user
    file authentication fetch internal unexpected
""")


def service_of_host(host: str) -> str | None:
    """Return a service's name for a host: the registrable domain without shard numbers."""
    host = host.rstrip(".").lower()
    if _NUMBERED.match(host) or host in {"localhost", "host", "none", ""}:
        return None
    if host.endswith("amazonaws.com"):
        match = _AWS_HOST.search(host)
        return f"aws {match[1]}" if match else "aws"
    labels = host.split(".")
    return _of_domain(labels) if len(labels) > 1 else _SHARD.sub("", host) or None


def _of_domain(labels: list[str]) -> str:
    if labels[-1] in {"internal", "local", "svc", "lan", "localdomain", "corp", "intra"}:
        return _SHARD.sub("", labels[0])
    if labels[0] in _PROTOCOL_HOSTS:
        return _PROTOCOL_HOSTS[labels[0]]
    take = 3 if labels[-2] in _SECOND_LEVEL and len(labels[-1]) == _COUNTRY_CHARS else 2
    take = min(take, len(labels))
    labels[-take] = _SHARD.sub("", labels[-take]) or labels[-take]
    domain = ".".join(labels[-take:])
    return DOMAINS.get(domain, domain)


def service_in_url(text: str) -> str | None:
    """Return the service of the last address in a text that is not one of documentation."""
    found = None
    at = text.find("://")
    while at >= 0:
        if text[max(0, at - 5) : at].lower().endswith(_SCHEMES):
            match = _AFTER_SCHEME.match(text, at)
            if match and not _is_documentation(match[1].lower(), match[2] or ""):
                found = service_of_host(match[1]) or found
        at = text.find("://", at + 3)
    return found


def _is_documentation(host: str, path: str) -> bool:
    labels = host.split(".")
    return not _DOC_LABELS.isdisjoint(labels) or path.startswith(_DOC_PATHS)


def service_in_text(text: str) -> str | None:
    """Return the service that a message names by address, host argument or bare host name."""
    if "://" in text:
        found = service_in_url(text)
        if found:
            return found
    if "host=" in text:
        match = _HOST_ARGUMENT.search(text)
        if match:
            return service_of_host(match[1])
    match = _NAMED_HOST.search(text) if _names_host(text) else None
    if match and ("." in match[1] or not match[1].isalpha()):
        return service_of_host(match[1])
    if _MAIL_PORT.search(text):
        return "mail"
    if "." in text:
        for match in _BARE_HOST.finditer(text):
            if not _is_documentation(match[1], ""):
                return service_of_host(match[1])
    return None


def service_in_source(line: str) -> str | None:
    """Return the service whose bare host name a source line quotes."""
    match = _QUOTED_HOST.search(line)
    return service_of_host(match[1]) if match else None


def _names_host(text: str) -> bool:
    """Return whether the pattern for named hosts is worth trying."""
    return "onnect" in text or "esol" in text or "host" in text or "lookup" in text or "E" in text


def aws_service(text: str) -> str | None:
    """Return "aws s3" and the like for a text that names an operation of AWS."""
    match = _AWS_OPERATION.search(text)
    if match is None:
        return None
    if match[2]:
        return f"aws {match[2].lower()}"
    service = AWS_SERVICE_OF_OPERATION.get(match[1])
    return f"aws {service}" if service else f"aws {match[1].lower()}"


def service_of_library(root: str) -> str | None:
    """Return whose client library an exception comes from."""
    return SDKS.get(root)


def service_of_class(short: str) -> str | None:
    """Return whose error this is by how its name begins: Node's "StripeCardError"."""
    match = _FIRST_WORD.match(short)
    return SDKS.get(match[0].lower()) if match else None


def library_in_trace(trace: str) -> str | None:
    """Return the service whose client library runs in a trace."""
    match = _SDK_IN_TRACE.search(trace)
    return SDKS[match[1]] if match else None


def provider_in(message: str) -> str | None:
    """Return the well-known service that a sentence names: "communicating with Stripe"."""
    match = _PROVIDER.search(message)
    return match[1].lower() if match else None


def subject_of(message: str) -> str | None:
    """Return who did it in "CRM rate limited us": the first words before a known verb."""
    match = _SUBJECT.match(message)
    if match is None:
        return None
    name = match[1].lower().removesuffix(" api").removesuffix(" service")
    return None if name.split()[0] in _GENERIC_SUBJECTS else name
