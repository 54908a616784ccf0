use chappe_api::{enums, functions, types};

use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::messages::into_call;
use crate::peers::{Peer, PeerRef};

/// Changes the profile of the account. From [`Client::update_profile`]; `.await` does it.
///
/// ```no_run
/// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
/// client.update_profile().last_name("").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is changed until it is awaited"]
pub struct UpdateProfile {
    client: Client,
    request: functions::account::UpdateProfile,
}

impl Client {
    /// Changes names and the few words about the user. What is not set stays.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// client.update_profile().first_name("Claude").about("Semaphores").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When awaited: the server refuses: `FIRSTNAME_INVALID`, `ABOUT_TOO_LONG` …
    pub fn update_profile(&self) -> UpdateProfile {
        let request = functions::account::UpdateProfile { first_name: None, last_name: None, about: None };
        UpdateProfile { client: self.clone(), request }
    }

    /// Takes a public name, without `@`; an empty one gives it up.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// client.set_username("claude_chappe").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses: `USERNAME_OCCUPIED`, `USERNAME_INVALID` …
    pub async fn set_username(&self, username: impl Into<String>) -> Result<Peer, Error> {
        let request = functions::account::UpdateUsername { username: username.into() };
        match self.invoke(request).await {
            Ok(user) => self.own(user).await,
            // It is the name already.
            Err(error) if error.is("USERNAME_NOT_MODIFIED") => Ok(Peer::of_user(self.me().await?)),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether a public name can be had.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// println!("{}", client.is_username_free("claude_chappe").await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses: `USERNAME_INVALID` …
    pub async fn is_username_free(&self, username: impl Into<String>) -> Result<bool, Error> {
        Ok(self.invoke(functions::account::CheckUsername { username: username.into() }).await?)
    }

    /// Everything that the server tells of a user.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// println!("{}", client.full_user(user).await?.about.unwrap_or_default());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for groups and channels; the server refuses.
    pub async fn full_user(&self, user: impl Into<PeerRef>) -> Result<types::UserFull, Error> {
        let id = self.input_user(user)?;
        let full = self.invoke(functions::users::GetFullUser { id }).await?;
        self.learn(&full.users, &full.chats).await;
        Ok(full.full_user)
    }

    /// Makes an uploaded picture the profile photo.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// let file = client.upload("me.jpg").await?;
    /// client.set_profile_photo(file).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses: `PHOTO_FILE_MISSING`, `IMAGE_PROCESS_FAILED` …
    pub async fn set_profile_photo(&self, file: impl Into<enums::InputFile>) -> Result<enums::Photo, Error> {
        let request = functions::photos::UploadProfilePhoto {
            fallback: false,
            bot: None,
            file: Some(file.into()),
            video: None,
            video_start_ts: None,
            video_emoji_markup: None,
        };
        Ok(self.invoke(request).await?.photo)
    }

    /// The profile photos of a user, newest first, at most so many.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// println!("{} photos", client.profile_photos(user, 100).await?.len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for groups and channels; the server refuses.
    pub async fn profile_photos(
        &self,
        user: impl Into<PeerRef>,
        limit: usize,
    ) -> Result<Vec<enums::Photo>, Error> {
        let request = functions::photos::GetUserPhotos {
            user_id: self.input_user(user)?,
            offset: 0,
            max_id: 0,
            limit: i32::try_from(limit).unwrap_or(i32::MAX),
        };
        Ok(match self.invoke(request).await? {
            enums::photos::Photos::Photos(photos) => photos.photos,
            enums::photos::Photos::Slice(photos) => photos.photos,
        })
    }

    /// Deletes profile photos of the account.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// let me = client.resolve("me").await?;
    /// client.delete_profile_photos(&client.profile_photos(&me, 1).await?).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses.
    pub async fn delete_profile_photos<'a>(
        &self,
        photos: impl IntoIterator<Item = &'a enums::Photo>,
    ) -> Result<(), Error> {
        let id = photos.into_iter().filter_map(crate::messages::media::photo).collect();
        self.invoke(functions::photos::DeletePhotos { id }).await?;
        Ok(())
    }

    async fn own(&self, user: enums::User) -> Result<Peer, Error> {
        self.learn(std::slice::from_ref(&user), &[]).await;
        Peer::from_user(user).ok_or_else(|| {
            Error::new(ErrorKind::Protocol, "the server did not describe the user who is logged in")
        })
    }
}

impl UpdateProfile {
    /// The first name.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// let me = client.update_profile().first_name("Claude").await?;
    /// assert!(me.name().starts_with("Claude"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn first_name(mut self, name: impl Into<String>) -> Self {
        self.request.first_name = Some(name.into());
        self
    }

    /// The last name.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// client.update_profile().last_name("").await?; // none any more
    /// # Ok(())
    /// # }
    /// ```
    pub fn last_name(mut self, name: impl Into<String>) -> Self {
        self.request.last_name = Some(name.into());
        self
    }

    /// A few words about the user.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// client.update_profile().about("Reachable by semaphore from dawn to dusk.").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn about(mut self, about: impl Into<String>) -> Self {
        self.request.about = Some(about.into());
        self
    }

    async fn call(self) -> Result<Peer, Error> {
        let user = self.client.invoke(self.request).await?;
        self.client.own(user).await
    }
}

into_call!(UpdateProfile => Peer);
