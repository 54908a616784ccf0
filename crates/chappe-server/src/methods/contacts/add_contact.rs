//! `contacts.addContact` and `contacts.acceptContact`: somebody who was met here becomes a contact.

use chappe_api::{enums, functions, types};

use crate::call::Call;
use crate::limits::NAME_LEN;
use crate::methods::errors::{Answer, bad_request};
use crate::model::note::Note;
use crate::model::peer_id::PeerId;
use crate::model::privacy::{self, Subject};
use crate::model::{peer, phone, update, user};
use crate::store::{AccountChange, ContactRow, UserRow};

pub(crate) async fn add(call: &Call, query: functions::contacts::AddContact) -> Answer<enums::Updates> {
    let other = find(call, &query.id).await?;
    let (first, last) = (query.first_name.trim(), query.last_name.trim());
    if first.is_empty() || first.chars().count() > NAME_LEN || last.chars().count() > NAME_LEN {
        return Err(bad_request("CONTACT_NAME_EMPTY"));
    }
    let owner = call.user_id()?;
    let before = call.store().contact(owner, other.id).await?.map(|before| before.phone);
    let number = phone::normalise(&query.phone).or(before).unwrap_or_default();
    let entry = ContactRow {
        contact_id: other.id,
        phone: number,
        first_name: first.to_owned(),
        last_name: last.to_owned(),
    };
    call.store().put_contact(owner, &entry).await?;
    if query.add_phone_privacy_exception {
        share_phone(call, owner, other.id).await?;
    }
    changed(call, &[other]).await
}

pub(crate) async fn accept(call: &Call, query: functions::contacts::AcceptContact) -> Answer<enums::Updates> {
    let (owner, other) = (call.user_id()?, find(call, &query.id).await?);
    if call.store().contact(other.id, owner).await?.is_none() {
        return Err(bad_request("CONTACT_REQ_MISSING"));
    }
    if call.store().contact(owner, other.id).await?.is_none() {
        return Err(bad_request("CONTACT_ADD_MISSING"));
    }
    share_phone(call, owner, other.id).await?;
    changed(call, &[other]).await
}

async fn find(call: &Call, input: &enums::InputUser) -> Answer<UserRow> {
    let other = peer::find(call, input).await?.filter(|other| !other.deleted);
    let other = other.ok_or_else(|| bad_request("CONTACT_ID_INVALID"))?;
    if other.id == call.user_id()? { Err(bad_request("CONTACT_ID_INVALID")) } else { Ok(other) }
}

/// Lets somebody see the caller's number, whatever else is said about it.
async fn share_phone(call: &Call, owner: i64, other: i64) -> Answer<()> {
    let subject = Subject::PhoneNumber;
    let rules = privacy::in_force(call.store().privacy_rules(owner, subject as i64).await?, subject);
    let rules = privacy::with_exception(rules, other);
    call.store().set_privacy_rules(owner, subject as i64, &rules).await?;
    call.note_others(owner, Note::Privacy { subject }).await
}

/// What the caller's list says of these people now. The caller's other devices hear the same.
pub(super) async fn changed(call: &Call, others: &[UserRow]) -> Answer<enums::Updates> {
    let (owner, mut updates, mut users) = (call.user_id()?, Vec::new(), Vec::new());
    for other in others {
        call.account_changed(owner, AccountChange::PeerSettings, PeerId::user(other.id)).await?;
        let peer = types::PeerUser { user_id: other.id }.into();
        let settings = user::settings(call.store(), other, owner).await?;
        updates.push(types::UpdatePeerSettings { peer, settings }.into());
        users
            .push(user::see(call.store(), &call.world.access, other, call.viewer(owner), call.unix()).await?);
    }
    Ok(update::updates(updates, users, call.date()))
}
