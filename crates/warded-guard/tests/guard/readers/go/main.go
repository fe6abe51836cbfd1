// What does Go read? One line of JSON for each body, as encoding/json and a server's own structs see it: names of
// members are compared without regard to case, and the last one counts.
package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
)

type message struct {
	Method any             `json:"method"`
	ID     any             `json:"id"`
	Params json.RawMessage `json:"params"`
}

type parameters struct {
	Name          any             `json:"name"`
	URI           any             `json:"uri"`
	Ref           json.RawMessage `json:"ref"`
	Notifications json.RawMessage `json:"notifications"`
	Arguments     any             `json:"arguments"`
}

type reference struct {
	Name any `json:"name"`
	URI  any `json:"uri"`
}

type filter struct {
	Watched []any `json:"resourceSubscriptions"`
}

type seen struct {
	Method  any   `json:"method"`
	ID      any   `json:"id"`
	Name    any   `json:"name"`
	URI     any   `json:"uri"`
	RefName any   `json:"refName"`
	RefURI  any   `json:"refUri"`
	Watched []any `json:"watched"`
}

type read struct {
	Batch    bool   `json:"batch"`
	Messages []seen `json:"messages"`
	Error    string `json:"error,omitempty"`
}

func text(value any) any {
	if text, is := value.(string); is {
		return text
	}
	return nil
}

func name(id any) any {
	switch id := id.(type) {
	case string:
		return "text " + id
	case float64:
		return fmt.Sprintf("number %d", int64(id))
	}
	return nil
}

func see(m message) seen {
	var p parameters
	var r reference
	var f filter
	// What is of another type is read by nobody who expects this one.
	_ = json.Unmarshal(m.Params, &p)
	_ = json.Unmarshal(p.Ref, &r)
	_ = json.Unmarshal(p.Notifications, &f)
	if f.Watched == nil {
		f.Watched = []any{}
	}
	return seen{text(m.Method), name(m.ID), text(p.Name), text(p.URI), text(r.Name), text(r.URI), f.Watched}
}

func readBody(body []byte) read {
	var messages []message
	batch := bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("["))
	var err error
	if batch {
		err = json.Unmarshal(body, &messages)
	} else {
		messages = make([]message, 1)
		err = json.Unmarshal(body, &messages[0])
	}
	if err != nil {
		return read{Error: err.Error()}
	}
	all := read{Batch: batch, Messages: []seen{}}
	for _, m := range messages {
		all.Messages = append(all.Messages, see(m))
	}
	return all
}

func main() {
	file, err := os.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	out := json.NewEncoder(os.Stdout)
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		body, err := base64.StdEncoding.DecodeString(lines.Text())
		if err != nil {
			panic(err)
		}
		if err := out.Encode(readBody(body)); err != nil {
			panic(err)
		}
	}
	if lines.Err() != nil {
		panic(lines.Err())
	}
}
