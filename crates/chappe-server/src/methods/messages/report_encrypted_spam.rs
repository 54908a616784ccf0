//! `messages.reportEncryptedSpam`: only who was written to may report. Nobody reads the reports.

use chappe_api::functions;

use super::chat::of_account;
use crate::call::Call;
use crate::methods::errors::{Answer, bad_request};

pub(crate) async fn handle(call: &Call, query: functions::messages::ReportEncryptedSpam) -> Answer<bool> {
    let chat = of_account(call, &query.peer).await?;
    if chat.participant_id != call.user_id()? {
        return Err(bad_request("CHAT_ID_INVALID"));
    }
    Ok(true)
}
