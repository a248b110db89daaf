# snippet:verify
import urllib.error
from urllib.parse import quote
from urllib.request import Request, urlopen


def live_by_verify(url, audience):
    """Asks jotleash: True for alive, False for dead; raises when nobody can say."""

    def is_live(token, jti):
        question = Request(
            f"{url}/verify?audience={quote(audience, safe='')}",
            headers={"Authorization": f"Bearer {token}"},
        )
        try:
            with urlopen(question, timeout=1) as answer:
                status = answer.status
        except urllib.error.HTTPError as error:
            status = error.code
        if status not in (200, 401):
            raise RuntimeError(f"jotleash answered {status}")
        return status == 200

    return is_live
# snippet:end
