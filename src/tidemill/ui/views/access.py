"""The door: where a token is entered."""

from __future__ import annotations

from typing import ClassVar

from tidemill.ui.context import context, told


@context
class SignInPage:
    """The sign-in form. It stands outside the frame: nobody is known yet."""

    template: ClassVar[str] = "sign_in.html"
    title: ClassVar[str] = "Sign in"

    next_path: str = told("path to go to after signing in; a path of this site", default="/")
    error: str = told("why the last try failed, in one line; empty on the first", default="")
    token_hint: str = told("where a token is found: tidemill token show", default="")
