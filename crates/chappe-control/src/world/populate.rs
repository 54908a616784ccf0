//! A world file put into a server.

use std::collections::BTreeMap;
use std::ops::Range;

use chappe_api::functions::account::UpdateProfile;
use chappe_server::{Account, NewAccount, Server, ServerError};
use serde_json::json;
use toml::Spanned;

use super::file::AccountPart;
use super::{FileError, WorldFile, groups};
use crate::calls;
use crate::ready::{Known, ReadyGroup};

/// Messages of world files have names of their own, so that none is sent twice.
const FIRST_RANDOM_ID: i64 = 0x776f_726c_6400_0001;

impl WorldFile {
    /// Makes everything that the file names. In a world that was kept, accounts are taken up by their names, and
    /// messages are sent only if none of the accounts was there.
    ///
    /// # Errors
    /// [`FileError`] with file and line: the server refuses something, such as a username that is taken.
    pub async fn populate(&self, server: &Server) -> Result<Known, FileError> {
        let known_before = server.accounts().await.map_err(|error| self.failed(0..0, error))?;
        let mut known = Known::default();
        let mut people: BTreeMap<&str, Account> = BTreeMap::new();
        for part in &self.file.accounts {
            let (span, part) = (part.span(), part.get_ref());
            let name = part.name.get_ref();
            let account = self.account(server, part).await.map_err(|(at, reason)| {
                self.source.at(at.unwrap_or(span), format!("account {name:?}: {reason}"))
            })?;
            if let Some(password) = &part.password {
                known.passwords.insert(name.clone(), password.get_ref().clone());
            }
            people.insert(name, account);
        }
        for part in &self.file.accounts {
            let owner = people.get(part.get_ref().name.get_ref().as_str());
            for contact in &part.get_ref().contacts {
                let (Some(owner), Some(other)) = (owner, people.get(contact.get_ref().as_str())) else {
                    continue;
                };
                let added = server.add_contact(owner, other).await;
                added.map_err(|error| self.failed(contact.span(), error))?;
            }
        }
        if !known_before.iter().any(|account| people.contains_key(account.name.as_str())) {
            known.groups = self.chats(server, &people).await?;
        }
        let accounts: Vec<Account> = people.into_values().collect();
        for fault in &self.file.faults {
            fault
                .get_ref()
                .apply(&server.faults(), &accounts)
                .map_err(|reason| self.source.at(fault.span(), reason))?;
        }
        Ok(known)
    }

    /// Makes the groups and sends the messages.
    async fn chats(
        &self,
        server: &Server,
        people: &BTreeMap<&str, Account>,
    ) -> Result<Vec<ReadyGroup>, FileError> {
        let mut ready = Vec::new();
        let mut made = BTreeMap::new();
        for part in &self.file.groups {
            let name = part.get_ref().name.get_ref().as_str();
            let group = groups::make(server, part.get_ref(), people).await;
            let group =
                group.map_err(|error| self.source.at(part.span(), format!("group {name:?}: {error}")))?;
            if let Some(group) = group {
                ready.push(group.ready(part.get_ref()));
                made.insert(name, group);
            }
        }
        for (part, random_id) in self.file.messages.iter().zip(FIRST_RANDOM_ID..) {
            let message = part.get_ref();
            let (from, to) = (message.from.get_ref().as_str(), message.to.get_ref().as_str());
            let Some(from) = people.get(from) else { continue };
            let peer = match (people.get(to), made.get(to)) {
                (Some(to), _) => {
                    let peer = server.input_peer(from, to.user_id);
                    json!({"_": "inputPeerUser", "user_id": peer.user_id, "access_hash": peer.access_hash})
                }
                (None, Some(group)) => group.peer(server, from),
                (None, None) => continue,
            };
            let call = json!({
                "peer": peer,
                "message": message.text.get_ref(),
                "silent": message.silent,
                "random_id": random_id,
            });
            let sent = calls::call(server, from, "messages.sendMessage", &call).await;
            sent.map_err(|error| self.source.at(part.span(), format!("this message was refused: {error}")))?;
        }
        Ok(ready)
    }

    fn failed(&self, span: Range<usize>, error: ServerError) -> FileError {
        self.source.at(span, error.to_string())
    }

    /// Makes one account, or says what is wrong, with the place if it is known.
    async fn account(
        &self,
        server: &Server,
        part: &AccountPart,
    ) -> Result<Account, (Option<Range<usize>>, String)> {
        let new = NewAccount {
            phone: value(part.phone.as_ref()),
            first_name: part.first_name.clone(),
            last_name: part.last_name.clone(),
            username: value(part.username.as_ref()),
            bot: part.bot,
            bot_token: value(part.bot_token.as_ref()),
            hears_groups: part.hears_groups.as_ref().is_some_and(|hears| *hears.get_ref()),
            dc_id: part.dc_id,
        };
        let refused = |error: ServerError| match error {
            ServerError::Account { reason, .. } => (None, reason.to_owned()),
            other => (None, other.to_string()),
        };
        let account = server.account(part.name.get_ref(), new).await.map_err(refused)?;
        if let Some(password) = &part.password {
            let set = server.set_password(&account, password.get_ref(), &part.password_hint).await;
            set.map_err(refused)?;
        }
        if let Some(about) = &part.about {
            let call =
                UpdateProfile { first_name: None, last_name: None, about: Some(about.get_ref().clone()) };
            match server.call(&account, &call).await {
                Ok(_) => {}
                Err(error) if error.is("ABOUT_TOO_LONG") => {
                    return Err((Some(about.span()), "`about` has at most 70 characters".into()));
                }
                Err(error) => return Err((Some(about.span()), error.to_string())),
            }
        }
        Ok(account)
    }
}

fn value(part: Option<&Spanned<String>>) -> Option<String> {
    part.map(|value| value.get_ref().clone())
}
