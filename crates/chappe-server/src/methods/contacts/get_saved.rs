//! `contacts.getSaved`: within an export, the numbers that the caller has imported.

use chappe_api::{functions, types};

use crate::call::Call;
use crate::methods::account::takeout;
use crate::methods::errors::Answer;

pub(crate) async fn handle(
    call: &Call,
    _: functions::contacts::GetSaved,
) -> Answer<Vec<types::SavedPhoneContact>> {
    takeout::check(call).await?;
    let contacts = call.store().contacts(call.user_id()?).await?;
    let saved = contacts.into_iter().filter(|contact| !contact.phone.is_empty());
    let saved = saved.map(|contact| types::SavedPhoneContact {
        phone: contact.phone,
        first_name: contact.first_name,
        last_name: contact.last_name,
        date: 0,
    });
    Ok(saved.collect())
}
