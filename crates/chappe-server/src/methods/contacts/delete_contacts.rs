//! `contacts.deleteContacts` and `contacts.deleteByPhones`

use chappe_api::{enums, functions};

use crate::call::Call;
use crate::limits::IMPORTED_CONTACTS;
use crate::methods::errors::Answer;
use crate::model::peer_id::PeerId;
use crate::model::{peer, phone};
use crate::store::AccountChange;

pub(crate) async fn delete(
    call: &Call,
    query: functions::contacts::DeleteContacts,
) -> Answer<enums::Updates> {
    let (owner, mut gone) = (call.user_id()?, Vec::new());
    for input in query.id.iter().take(IMPORTED_CONTACTS) {
        let Some(other) = peer::find(call, input).await? else { continue };
        if call.store().delete_contact(owner, other.id).await? {
            gone.push(other);
        }
    }
    super::add_contact::changed(call, &gone).await
}

pub(crate) async fn by_phones(call: &Call, query: functions::contacts::DeleteByPhones) -> Answer<bool> {
    let owner = call.user_id()?;
    for number in query.phones.iter().take(IMPORTED_CONTACTS) {
        let Some(number) = phone::normalise(number) else { continue };
        let Some(other) = call.store().user_by_phone(&number).await? else { continue };
        if call.store().delete_contact(owner, other.id).await? {
            call.account_changed(owner, AccountChange::PeerSettings, PeerId::user(other.id)).await?;
        }
    }
    Ok(true)
}
