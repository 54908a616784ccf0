//! `contacts.getContactIDs`

use chappe_api::functions;

use crate::call::Call;
use crate::methods::errors::Answer;

/// The answer has no word for "as before", so it is whole whatever hash the client has; and its numbers are old ones, which
/// those of newer accounts do not fit into.
pub(crate) async fn handle(call: &Call, _: functions::contacts::GetContactIDs) -> Answer<Vec<i32>> {
    let contacts = call.store().contacts(call.user_id()?).await?;
    Ok(contacts.into_iter().filter_map(|contact| i32::try_from(contact.contact_id).ok()).collect())
}
