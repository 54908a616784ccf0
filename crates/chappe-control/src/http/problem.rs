//! Errors, as JSON with cause and cure.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::{StatusCode, header, request::Parts};
use axum::response::{IntoResponse, Response};
use chappe_server::ServerError;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Why a request was not served.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Problem {
    #[serde(skip)]
    status: StatusCode,
    /// A word for programs.
    error: &'static str,
    /// What is wrong, for people.
    cause: String,
    /// What to do about it.
    cure: String,
}

pub(crate) type Outcome<T> = Result<T, Problem>;

impl Problem {
    pub(crate) fn new(
        status: StatusCode,
        error: &'static str,
        cause: impl Into<String>,
        cure: impl Into<String>,
    ) -> Self {
        Self { status, error, cause: cause.into(), cure: cure.into() }
    }

    pub(crate) fn bad_request(cause: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", cause, "see /openapi.json for what this takes")
    }

    pub(crate) fn not_found(cause: impl Into<String>, cure: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", cause, cure)
    }

    pub(crate) fn too_many(cause: impl Into<String>, cure: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "too_many", cause, cure)
    }
}

impl From<ServerError> for Problem {
    fn from(error: ServerError) -> Self {
        match error {
            ServerError::Account { .. } => {
                Self::new(StatusCode::CONFLICT, "account", error.to_string(), "ask for another name or value")
            }
            ServerError::Snapshot { .. } => Self::bad_request(error.to_string()),
            other => Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "server",
                other.to_string(),
                "look into the server's log; if nothing there explains it, it is a bug",
            ),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status;
        let mut response = (status, Json(self)).into_response();
        if status == StatusCode::UNAUTHORIZED {
            let bearer = header::HeaderValue::from_static("Bearer");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, bearer);
        }
        response
    }
}

/// The body of a request, in JSON.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Outcome<Self> {
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|error| Problem::bad_request(format!("the body cannot be read: {error}")))?;
        let bytes = if bytes.is_empty() { &b"{}"[..] } else { &bytes };
        serde_json::from_slice(bytes)
            .map(Self)
            .map_err(|error| Problem::bad_request(format!("the body: {error}")))
    }
}

/// What stands behind the `?`.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Outcome<Self> {
        let query = axum::extract::Query::try_from_uri(&parts.uri);
        query.map(|query| Self(query.0)).map_err(|error| Problem::bad_request(error.to_string()))
    }
}

/// The part of the path that stands for something.
pub(crate) struct Name<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Name<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Outcome<Self> {
        let path = Path::from_request_parts(parts, state).await;
        path.map(|path| Self(path.0)).map_err(|error| Problem::bad_request(error.to_string()))
    }
}
