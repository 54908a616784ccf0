//! The page to watch, for a browser.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::Shared;
use super::guard::{Token, cookie_name, is_visitor};
use super::problem::{Outcome, Problem, Query};

const PAGE: &str = include_str!("page.html");
const LOCKED: &str = include_str!("locked.html");
/// What stands in the pages for a value that is new with each answer.
const NONCE: &str = "{{nonce}}";

#[derive(Deserialize)]
pub(crate) struct Key {
    key: Option<String>,
}

/// The page for whoever came by a link that was not used yet, and from then on for that browser.
pub(crate) async fn page(
    State(shared): State<Arc<Shared>>,
    Query(query): Query<Key>,
    headers: HeaderMap,
) -> Outcome<Response> {
    let browser = match &query.key {
        Some(key) => shared.visits.enter(key).map_err(no_randomness)?,
        None => None,
    };
    if let Some(browser) = browser {
        let name = cookie_name(shared.address.port());
        let cookie = format!("{name}={}; HttpOnly; SameSite=Strict; Path=/", browser.text());
        return Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response());
    }
    let (status, text) = if is_visitor(&shared, &headers) {
        (StatusCode::OK, PAGE)
    } else {
        (StatusCode::UNAUTHORIZED, LOCKED)
    };
    let nonce = Token::random().map_err(no_randomness)?;
    let nonce = nonce.text();
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; \
         img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    let headers = [(header::CONTENT_SECURITY_POLICY, policy)];
    Ok((status, headers, Html(text.replace(NONCE, nonce))).into_response())
}

fn no_randomness(error: std::io::Error) -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "server", error.to_string(), "try again")
}

/// Headers that every answer has.
pub(crate) async fn harden(mut response: Response) -> Response {
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
