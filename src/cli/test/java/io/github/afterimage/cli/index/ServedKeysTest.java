package io.github.afterimage.cli.index;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServedKeysTest {
    private static ServedKeys at(String address) {
        return new ServedKeys(URI.create(address), Optional.empty(), Map.of(), Duration.ofMillis(1));
    }

    @Test
    void aServerThatIsNotThereIsNamedAfterSomeAttempts() throws IOException {
        int free;
        try (ServerSocket taken = new ServerSocket(0)) {
            free = taken.getLocalPort();
        }
        String address = "http://127.0.0.1:" + free + "/v2/models/birds";
        assertThatThrownBy(() -> at(address).remove("label", "sky", false))
                .isInstanceOf(IOException.class)
                .hasMessage(address + " does not answer: start the server, or correct --server");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"http://a:8080", "http://a:8080/", "http://a:8080/v2/models/", "http://a/v2/models/b/keys", "a"})
    void anAddressThatIsNotThatOfAModelIsRefused(String address) {
        assertThatThrownBy(() -> at(address))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("--server " + address + ": expected the address of a model, such as http://");
    }
}
