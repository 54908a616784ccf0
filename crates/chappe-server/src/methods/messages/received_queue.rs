//! `messages.receivedQueue`

use chappe_api::functions;

use crate::call::Call;
use crate::methods::errors::{Answer, bad_request, unregistered};

pub(crate) async fn handle(call: &Call, query: functions::messages::ReceivedQueue) -> Answer<Vec<i64>> {
    let authorization = call.authorization.ok_or_else(unregistered)?;
    if query.max_qts <= 0 || i64::from(query.max_qts) > authorization.qts {
        return Err(bad_request("MAX_QTS_INVALID"));
    }
    Ok(call.store().acknowledge_qts(call.device, query.max_qts).await?)
}
