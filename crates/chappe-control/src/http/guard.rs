//! Who may use the control interface: whoever has the token, and browsers that came by a link for one visit.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use rand::TryRng;
use rand::rngs::SysRng;
use subtle::ConstantTimeEq;

use super::Shared;
use super::problem::{Outcome, Problem};

/// Links and browsers that are remembered; the oldest goes.
const REMEMBERED: usize = 64;
/// Shortest token that somebody may choose, in bytes.
pub(crate) const MIN_TOKEN_LEN: usize = 8;

/// A secret text. Compared in constant time, never printed.
#[derive(Clone)]
pub(crate) struct Token(String);

impl Token {
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }

    /// A fresh one from the system's randomness.
    pub(crate) fn random() -> std::io::Result<Self> {
        let mut bytes = [0_u8; 24];
        SysRng.try_fill_bytes(&mut bytes).map_err(|error| std::io::Error::other(error.to_string()))?;
        Ok(Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect()))
    }

    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    fn is(&self, other: &str) -> bool {
        self.0.as_bytes().ct_eq(other.as_bytes()).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

/// Links that are good for one visit, and the browsers that came by one.
#[derive(Debug, Default)]
pub(crate) struct Visits {
    links: Mutex<VecDeque<Token>>,
    browsers: Mutex<VecDeque<Token>>,
}

fn remember(list: &Mutex<VecDeque<Token>>) -> std::io::Result<Token> {
    let token = Token::random()?;
    let mut list = list.lock().unwrap_or_else(PoisonError::into_inner);
    if list.len() >= REMEMBERED {
        list.pop_front();
    }
    list.push_back(token.clone());
    Ok(token)
}

impl Visits {
    /// The key of a new link.
    pub(crate) fn link(&self) -> std::io::Result<Token> {
        remember(&self.links)
    }

    /// Uses up the key of a link; what the browser shows from now on, if the key was good.
    pub(crate) fn enter(&self, key: &str) -> std::io::Result<Option<Token>> {
        let mut links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        let before = links.len();
        links.retain(|link| !link.is(key));
        let good = links.len() < before;
        drop(links);
        if good { remember(&self.browsers).map(Some) } else { Ok(None) }
    }

    fn knows(&self, cookie: &str) -> bool {
        let browsers = self.browsers.lock().unwrap_or_else(PoisonError::into_inner);
        browsers.iter().any(|browser| browser.is(cookie))
    }
}

/// Cookies are the same for all ports of a machine: each interface has its own name.
pub(crate) fn cookie_name(port: u16) -> String {
    format!("chappe_control_{port}")
}

fn has_token(shared: &Shared, headers: &HeaderMap) -> bool {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    given.and_then(|value| value.strip_prefix("Bearer ")).is_some_and(|given| shared.token.is(given.trim()))
}

/// Whether a browser shows the cookie that it got.
pub(crate) fn is_visitor(shared: &Shared, headers: &HeaderMap) -> bool {
    let name = cookie_name(shared.address.port());
    let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut cookies =
        cookies.flat_map(|value| value.split(';')).filter_map(|cookie| cookie.trim().split_once('='));
    cookies.any(|(key, value)| key == name && shared.visits.knows(value))
}

/// Lets through who has the token. A visitor may look, but change nothing.
pub(crate) async fn guard(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Outcome<Response> {
    let looks = *request.method() == Method::GET;
    if has_token(&shared, request.headers()) || (looks && is_visitor(&shared, request.headers())) {
        return Ok(next.run(request).await);
    }
    Err(Problem::new(
        StatusCode::UNAUTHORIZED,
        "unauthorized",
        "the token is missing or wrong",
        "send the header `Authorization: Bearer TOKEN` with the token that the server printed when it started",
    ))
}
