//! A token without a person: the client shows who it is, or what somebody has said of whom it works for. What the issuer
//! refuses so is refused: nobody is asked, and nothing else is tried in its place.

use warded_core::ResourceUri;
use zeroize::Zeroizing;

use super::{Answer, Question};
use crate::{
    discover::provider_metadata,
    fetch::Target,
    obtain::{self, Client, Introduction, ObtainFailed},
    register::RegisterFailed,
    session::{Enterprise, Grant, Inner, SessionFailed, behalf},
};

impl Inner {
    pub(super) async fn ask_alone(&self, question: &Question<'_>) -> Result<Answer<'_>, SessionFailed> {
        let client = self.own_client(question)?;
        let (endpoint, scopes) = (self.endpoint(question, &client), question.scopes);
        let outcome = match &self.asked.grant {
            Grant::Assertion(_) => {
                let assertion = &question.whose.shown;
                let is_its_own = behalf::is_for(assertion, &question.discovered.issuer);
                if self.asked.issuer.is_none() && !is_its_own {
                    return Err(SessionFailed::SecretOfNobody);
                }
                endpoint.assertion(assertion, scopes).await
            }
            Grant::Enterprise(enterprise) => {
                let assertion = self.introduced(question, enterprise).await?;
                endpoint.assertion(&assertion, scopes).await
            }
            Grant::Exchange(subject) => {
                // Whoever reads it could use it wherever it is good for.
                if self.asked.issuer.is_none() {
                    return Err(SessionFailed::SecretOfNobody);
                }
                endpoint.exchange(&question.whose.shown, &subject.kind, scopes).await
            }
            Grant::Client | Grant::User(_) => endpoint.client_credentials(scopes).await,
        };
        let obtained = outcome.map_err(SessionFailed::Ungranted)?;
        Ok(Answer { client: client.id().to_owned(), obtained, trading: None })
    }

    /// The client, which its issuer must know: there is nobody to vouch for one that registers itself.
    fn own_client(&self, question: &Question<'_>) -> Result<Client, SessionFailed> {
        let unnamed = || RegisterFailed::Unnamed { issuer: question.discovered.issuer.clone() };
        Ok(self.given(question.discovered)?.ok_or_else(unnamed)?)
    }

    /// What the identity provider says to the server's issuer about the person whose ID token is at hand. The provider is the
    /// user's choice, and the ID token goes nowhere else.
    async fn introduced(
        &self,
        question: &Question<'_>,
        enterprise: &Enterprise,
    ) -> Result<Zeroizing<String>, SessionFailed> {
        let provider = &enterprise.provider;
        let unknown =
            || SessionFailed::Ungranted(ObtainFailed::EndpointMissing { endpoint: "token_endpoint" });
        let configured = ResourceUri::parse(provider.as_str()).map_err(|_| unknown())?;
        let metadata = provider_metadata(&self.fetch, provider, Some(&configured)).await?;
        let metadata = metadata.ok_or_else(unknown)?;
        let endpoint = metadata.token_endpoint.as_deref().ok_or_else(unknown)?;
        let endpoint = Target::beside(endpoint, &configured).map_err(|_| unknown())?;
        let client = enterprise.given.client_at(provider, &metadata, &self.prover);
        let client = client.map_err(SessionFailed::Ungranted)?;
        let client = client.ok_or_else(|| RegisterFailed::Unnamed { issuer: provider.clone() })?;
        let asked = Introduction {
            id_token: &question.whose.shown,
            issuer: &question.discovered.issuer,
            resource: question.place.source.resource(),
            scopes: question.scopes,
        };
        let introduced = obtain::introduce(&self.fetch, &endpoint, &client, asked).await;
        introduced.map_err(SessionFailed::Ungranted)
    }
}
