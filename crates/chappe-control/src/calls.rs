//! Calls of the API written as JSON, made as an account.

use chappe_server::{Account, RpcError, Server};
use serde_json::Value;

/// Why a call has no result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    /// It is not written as the schema says.
    #[error("{0}")]
    Written(String),
    /// The server refused it.
    #[error("{0}")]
    Refused(RpcError),
}

/// Makes a call of the newest layer as an account, without a connection.
pub(crate) async fn call(
    server: &Server,
    account: &Account,
    method: &str,
    arguments: &Value,
) -> Result<Value, CallError> {
    let written = |error: chappe_tl::dynamic::ValueError| CallError::Written(error.to_string());
    let schema = chappe_api::api_schema();
    let call = schema.from_json_call(method, arguments).map_err(written)?;
    let query = schema.encode(&call).map_err(written)?;
    let answer = server.call_raw(account, &query).await.map_err(CallError::Refused)?;
    let value = schema.decode_result(&call, &answer).map_err(written)?;
    schema.to_json(&value).map_err(written)
}
