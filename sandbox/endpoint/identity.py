"""STS GetCallerIdentity: the role that an analyst has in pre-production. It has no errors of its own.

https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
"""

from uuid import uuid4

from sandbox.endpoint.http import Response

# A role of IAM Identity Center is AWSReservedSSO_<permission set>_<16 hex digits>
_ROLE = "AWSReservedSSO_AWSPowerUserAccess_0123456789abcdef"
_USER = "analyst@example.com"


def caller_identity(account: str) -> Response:
    xml = f"""<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <GetCallerIdentityResult>
    <Arn>arn:aws:sts::{account}:assumed-role/{_ROLE}/{_USER}</Arn>
    <UserId>AROASANDBOX0000000000:{_USER}</UserId>
    <Account>{account}</Account>
  </GetCallerIdentityResult>
  <ResponseMetadata><RequestId>{uuid4()}</RequestId></ResponseMetadata>
</GetCallerIdentityResponse>"""
    return Response(200, {"Content-Type": "text/xml"}, xml.encode())
