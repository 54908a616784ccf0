//! `contacts.getContacts`

use chappe_api::{enums, functions, types};

use crate::call::Call;
use crate::methods::errors::Answer;
use crate::model::{list_hash, user};

pub(crate) async fn handle(
    call: &Call,
    query: functions::contacts::GetContacts,
) -> Answer<enums::contacts::Contacts> {
    let owner = call.user_id()?;
    let (mut contacts, mut users) = (Vec::new(), Vec::new());
    let all = call.store().contacts(owner).await?;
    // The number of contacts that are not here, then the ids in their order.
    let ids = all.iter().map(|contact| contact.contact_id);
    if !all.is_empty() && list_hash::of(std::iter::once(0).chain(ids)) == query.hash {
        return Ok(enums::contacts::Contacts::NotModified);
    }
    for contact in all {
        let Some(row) = call.store().user(contact.contact_id).await? else { continue };
        let mutual = call.store().contact(row.id, owner).await?.is_some();
        contacts.push(types::Contact { user_id: row.id, mutual });
        users.push(user::see(call.store(), &call.world.access, &row, call.viewer(owner), call.unix()).await?);
    }
    Ok(types::contacts::Contacts { contacts, saved_count: 0, users }.into())
}
