//! `contacts.importContacts`: numbers that have an account become contacts; others are not kept.

use chappe_api::{functions, types};

use crate::call::Call;
use crate::limits::{IMPORTED_CONTACTS, NAME_LEN};
use crate::methods::errors::Answer;
use crate::model::peer_id::PeerId;
use crate::model::privacy::{self, Subject};
use crate::model::{phone, user};
use crate::store::{AccountChange, ContactRow};

pub(crate) async fn handle(
    call: &Call,
    query: functions::contacts::ImportContacts,
) -> Answer<types::contacts::ImportedContacts> {
    let owner = call.user_id()?;
    let (mut imported, mut users) = (Vec::new(), Vec::new());
    let retry_contacts =
        query.contacts.iter().skip(IMPORTED_CONTACTS).map(|contact| contact.client_id).collect();
    for contact in query.contacts.into_iter().take(IMPORTED_CONTACTS) {
        let Some(number) = phone::normalise(&contact.phone) else { continue };
        let Some(row) = call.store().user_by_phone(&number).await? else { continue };
        if !privacy::is_allowed(call.store(), row.id, Subject::AddedByPhone, owner).await? {
            continue;
        }
        // One's own number is found like any other, but nobody is their own contact.
        if row.id != owner {
            let cut = |name: &str| name.trim().chars().take(NAME_LEN).collect();
            let entry = ContactRow {
                contact_id: row.id,
                phone: number,
                first_name: cut(&contact.first_name),
                last_name: cut(&contact.last_name),
            };
            // Clients import the whole address book each time they start.
            if call.store().contact(owner, row.id).await?.as_ref() != Some(&entry) {
                call.store().put_contact(owner, &entry).await?;
                call.account_changed(owner, AccountChange::PeerSettings, PeerId::user(row.id)).await?;
            }
        }
        imported.push(types::ImportedContact { user_id: row.id, client_id: contact.client_id });
        users.push(user::see(call.store(), &call.world.access, &row, call.viewer(owner), call.unix()).await?);
    }
    Ok(types::contacts::ImportedContacts { imported, popular_invites: Vec::new(), retry_contacts, users })
}
