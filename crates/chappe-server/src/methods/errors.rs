//! Errors by name. Which method gives which is in `schema/methods.tsv`.

use chappe_mtproto::rpc::RpcError;

use crate::store::StoreError;

pub(crate) type Answer<T> = Result<T, RpcError>;

/// 400: the request cannot be served as it is.
pub(crate) fn bad_request(name: &str) -> RpcError {
    RpcError::new(400, name)
}

/// 403: somebody does not want it.
pub(crate) fn forbidden(name: &str) -> RpcError {
    RpcError::new(403, name)
}

/// 401: nobody is logged in on this key. Clients erase their data on it.
pub(crate) fn unregistered() -> RpcError {
    RpcError::new(401, "AUTH_KEY_UNREGISTERED")
}

/// 420: too much, wait so many seconds.
pub(crate) fn flood_wait(seconds: i64) -> RpcError {
    RpcError::new(420, &format!("FLOOD_WAIT_{}", seconds.max(1)))
}

/// 406 for a number that is none.
pub(crate) fn bad_phone() -> RpcError {
    RpcError::new(406, "PHONE_NUMBER_INVALID")
}

/// 500: it is our fault. The cause is logged and not told.
pub(crate) fn internal() -> RpcError {
    RpcError::new(500, "INTERNAL_SERVER_ERROR")
}

/// Never told: the executor tries the call again.
const OUTRUN: &str = "OUTRUN";

/// Whether somebody else has changed what the call had read before it could write.
pub(crate) fn is_outrun(error: &RpcError) -> bool {
    error.name == OUTRUN
}

impl From<StoreError> for RpcError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Outrun => RpcError::new(500, OUTRUN),
            StoreError::Spent => RpcError::new(406, "INVITE_HASH_EXPIRED"),
            error => {
                tracing::error!(%error, "the storage failed");
                internal()
            }
        }
    }
}
