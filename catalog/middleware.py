"""What every answer needs and the server leaves to us."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

GetResponse = Callable[[HttpRequest], HttpResponseBase]

# What a catalog never needs, so that nothing that gets into a page can ask for it. The players
# bring what they need of the rest with their own frames.
DENIED_FEATURES = (
    *("accelerometer", "browsing-topics", "camera", "display-capture", "geolocation", "gyroscope", "hid"),
    *("magnetometer", "microphone", "midi", "payment", "publickey-credentials-get", "serial", "usb"),
)
PERMISSIONS_POLICY = ", ".join(f"{feature}=()" for feature in DENIED_FEATURES)


def head_without_body(get_response: GetResponse) -> GetResponse:
    """Send the headers alone to who asks with HEAD.

    gunicorn sends the body too, and whoever keeps the connection takes it for the next answer.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if request.method == "HEAD" and isinstance(response, StreamingHttpResponse):
            response.streaming_content = ()
        elif request.method == "HEAD" and isinstance(response, HttpResponse):
            response.content = b""
        return response

    return answer


def permissions_policy(get_response: GetResponse) -> GetResponse:
    """Deny a page, and whatever it embeds, the visitor's devices."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response["Permissions-Policy"] = PERMISSIONS_POLICY
        return response

    return answer
