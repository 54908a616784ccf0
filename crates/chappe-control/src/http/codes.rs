//! Codes that were "sent" by short message or mail.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::problem::{Name, Outcome, Problem, Query};
use super::{Shared, patience};

/// How often it is looked for a code that is not there yet.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// All codes that wait.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Codes {
    /// By phone number (digits only) or mail address.
    codes: BTreeMap<String, String>,
}

/// One code.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Code {
    /// What to type.
    code: String,
}

#[derive(Deserialize)]
pub(crate) struct Wait {
    #[serde(default)]
    wait: f64,
}

pub(crate) async fn list(State(shared): State<Arc<Shared>>) -> Json<Codes> {
    Json(Codes { codes: shared.server.login_codes() })
}

pub(crate) async fn one(
    State(shared): State<Arc<Shared>>,
    Name(to): Name<String>,
    Query(query): Query<Wait>,
) -> Outcome<Json<Code>> {
    let until = Instant::now() + patience(query.wait)?;
    loop {
        let code =
            if to.contains('@') { shared.server.email_code(&to) } else { shared.server.login_code(&to) };
        if let Some(code) = code {
            return Ok(Json(Code { code }));
        }
        if Instant::now() >= until || shared.is_stopping() {
            return Err(Problem::not_found(
                format!("no code waits at {to}"),
                "have the client ask for one first, and take it before it is used; `?wait=5` waits for it",
            ));
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}
