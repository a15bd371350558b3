package mqtt_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/codec/internal/mqtt"
)

// What the table calls secret is not shown, whatever prints the message.
func TestSecretsAreNotShown(t *testing.T) {
	m := &mqtt.Connect{Login: mqtt.LoginUserNameAndPassword, Password: []byte("sesame"), ClientID: "kitchen"}
	j, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{fmt.Sprint(m), fmt.Sprintf("%+v", m), fmt.Sprintf("%#v", *m), fmt.Sprintf("%s %x %d", m.Password, m.Password, m.Password), string(j)} {
		if strings.Contains(text, "sesame") || strings.Contains(text, "115") || strings.Contains(text, "736573") || !strings.Contains(text, "secret") {
			t.Errorf("%s", text)
		}
	}
}
