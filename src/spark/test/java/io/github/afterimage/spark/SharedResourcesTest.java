package io.github.afterimage.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SharedResourcesTest {
    @AfterEach
    void closeAll() {
        SharedResources.close("");
    }

    @Test
    void aResourceMayOpenAnotherOneWithTheSameHash() {
        assertThat("Aa".hashCode()).isEqualTo("BB".hashCode());
        String resource = SharedResources.get("Aa", () -> "network of " + SharedResources.get("BB", () -> "index"));
        assertThat(resource).isEqualTo("network of index");
        assertThat(SharedResources.<String>get("BB", () -> "another")).isEqualTo("index");
    }

    @Test
    void retriesAfterAFailure() {
        assertThatThrownBy(() -> SharedResources.get("part", () -> {
                    throw new IOException("no such disk");
                }))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessage("no such disk");
        assertThat(SharedResources.<String>get("part", () -> "part")).isEqualTo("part");
    }

    @Test
    void closesTheResourcesOfOnePrefixOnly() {
        List<String> closed = new ArrayList<>();
        SharedResources.<AutoCloseable>get("one/part 0", () -> () -> closed.add("one"));
        SharedResources.<AutoCloseable>get("two/part 0", () -> () -> closed.add("two"));
        SharedResources.close("one");
        assertThat(closed).containsExactly("one");
    }
}
