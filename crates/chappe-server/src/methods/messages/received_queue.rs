//! `messages.receivedQueue`

use chappe_api::functions;

use crate::call::Call;
use crate::methods::errors::{Answer, bad_request};

pub(crate) async fn handle(call: &Call, query: functions::messages::ReceivedQueue) -> Answer<Vec<i64>> {
    if query.max_qts <= 0 || query.max_qts > call.store().device_qts(call.device).await? {
        return Err(bad_request("MAX_QTS_INVALID"));
    }
    Ok(call.store().acknowledge_qts(call.device, query.max_qts).await?)
}
