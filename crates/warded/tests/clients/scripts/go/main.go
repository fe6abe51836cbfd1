// The official Go SDK at a protected server.
//
//	client URL TOOL JSON-ARGUMENTS
//
// The SDK discovers, registers, asks and refreshes; what it leaves to an application is here: a browser and a listener
// for its return. It tells one JSON line, without any token in it.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/modelcontextprotocol/go-sdk/oauthex"
	"golang.org/x/oauth2"
)

// person has a browser, and a listener that it comes back to.
type person struct {
	listener net.Listener
	answers  chan *auth.AuthorizationResult
	visits   int
}

func (p *person) redirectURL() string {
	return fmt.Sprintf("http://%s/callback", p.listener.Addr())
}

func (p *person) serve() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /callback", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "Back at the client.")
		query := r.URL.Query()
		p.answers <- &auth.AuthorizationResult{Code: query.Get("code"), State: query.Get("state"), Iss: query.Get("iss")}
	})
	_ = http.Serve(p.listener, mux)
}

func (p *person) ask(ctx context.Context, args *auth.AuthorizationArgs) (*auth.AuthorizationResult, error) {
	p.visits++
	browser := exec.CommandContext(ctx, "node", os.Getenv("BROWSER_SCRIPT"), args.URL)
	browser.Stderr = os.Stderr
	if err := browser.Start(); err != nil {
		return nil, err
	}
	failed := make(chan error, 1)
	go func() {
		if err := browser.Wait(); err != nil {
			failed <- fmt.Errorf("the browser did not come back: %w", err)
		}
	}()
	select {
	case answer := <-p.answers:
		if answer.Code == "" {
			return nil, errors.New("refused")
		}
		return answer, nil
	case err := <-failed:
		return nil, err
	}
}

// wallet keeps the token that the SDK's own source refreshes.
type wallet struct {
	mu     sync.Mutex
	again  func(*oauth2.Token) oauth2.TokenSource
	source oauth2.TokenSource
	last   *oauth2.Token
}

func (w *wallet) Token() (*oauth2.Token, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	token, err := w.source.Token()
	if err == nil {
		w.last = token
	}
	return token, err
}

// expire does what time would do.
func (w *wallet) expire() *oauth2.Token {
	w.mu.Lock()
	defer w.mu.Unlock()
	stale := *w.last
	stale.Expiry = time.Unix(1, 0)
	w.source = w.again(&stale)
	return w.last
}

func call(ctx context.Context, session *mcp.ClientSession, tool string, given any) (string, error) {
	result, err := session.CallTool(ctx, &mcp.CallToolParams{Name: tool, Arguments: given})
	if err != nil {
		return "", err
	}
	text := ""
	for _, block := range result.Content {
		if block, ok := block.(*mcp.TextContent); ok {
			text += block.Text
		}
	}
	if result.IsError {
		return "", fmt.Errorf("the tool failed: %s", text)
	}
	return text, nil
}

func run(ctx context.Context, url, tool string, given any) (map[string]any, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	defer listener.Close()
	person := &person{listener: listener, answers: make(chan *auth.AuthorizationResult, 1)}
	go person.serve()

	kept := &wallet{}
	handler, err := auth.NewAuthorizationCodeHandler(&auth.AuthorizationCodeHandlerConfig{
		DynamicClientRegistrationConfig: &auth.DynamicClientRegistrationConfig{
			Metadata: &oauthex.ClientRegistrationMetadata{
				ClientName:              "Go SDK",
				RedirectURIs:            []string{person.redirectURL()},
				GrantTypes:              []string{"authorization_code", "refresh_token"},
				TokenEndpointAuthMethod: "none",
			},
		},
		AuthorizationCodeFetcher: person.ask,
		RequestRefreshToken:      true,
		NewTokenSource: func(ctx context.Context, config *oauth2.Config, token *oauth2.Token) (oauth2.TokenSource, error) {
			kept.again = func(token *oauth2.Token) oauth2.TokenSource { return config.TokenSource(ctx, token) }
			kept.source = kept.again(token)
			return kept, nil
		},
	})
	if err != nil {
		return nil, err
	}

	client := mcp.NewClient(&mcp.Implementation{Name: "go", Version: "1.0.0"}, nil)
	session, err := client.Connect(ctx, &mcp.StreamableClientTransport{Endpoint: url, OAuthHandler: handler}, nil)
	if err != nil {
		return nil, err
	}
	defer session.Close()
	listed, err := session.ListTools(ctx, nil)
	if err != nil {
		return nil, err
	}
	names := []string{}
	for _, tool := range listed.Tools {
		names = append(names, tool.Name)
	}
	slices.Sort(names)
	first, err := call(ctx, session, tool, given)
	if err != nil {
		return nil, err
	}
	before := kept.expire()
	again, err := call(ctx, session, tool, given)
	if err != nil {
		return nil, err
	}
	after := kept.last
	outcome := map[string]any{
		"tools":     names,
		"call":      first,
		"again":     again,
		"revision":  session.InitializeResult().ProtocolVersion,
		"scopes":    before.Extra("scope"),
		"lifetime":  before.Extra("expires_in"),
		"refreshed": before.AccessToken != after.AccessToken && before.RefreshToken != after.RefreshToken,
	}
	// The person takes access away.
	if revoke := os.Getenv("REVOKE"); revoke != "" {
		person := exec.CommandContext(ctx, "sh", "-c", revoke)
		person.Stderr = os.Stderr
		if err := person.Run(); err != nil {
			return nil, fmt.Errorf("access was not taken away: %w", err)
		}
		if _, err := session.ListTools(ctx, nil); err != nil {
			return nil, err
		}
		if outcome["after_revocation"], err = call(ctx, session, tool, given); err != nil {
			return nil, err
		}
	}
	outcome["visits"] = person.visits
	return outcome, nil
}

func main() {
	var given any
	err := json.Unmarshal([]byte(os.Args[3]), &given)
	if err == nil {
		var outcome map[string]any
		if outcome, err = run(context.Background(), os.Args[1], os.Args[2], given); err == nil {
			err = json.NewEncoder(os.Stdout).Encode(outcome)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
