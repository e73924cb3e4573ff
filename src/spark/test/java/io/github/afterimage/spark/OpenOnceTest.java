package io.github.afterimage.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OpenOnceTest {
    @AfterEach
    void closeAll() {
        OpenOnce.close("");
    }

    @Test
    void whatIsOpenedMayNeedSomethingElseWhateverTheirNamesHashTo() {
        assertThat("Aa".hashCode()).isEqualTo("BB".hashCode());
        String thing = OpenOnce.get("Aa", () -> "network of " + OpenOnce.get("BB", () -> "index"));
        assertThat(thing).isEqualTo("network of index");
        assertThat(OpenOnce.<String>get("BB", () -> "another")).isEqualTo("index");
    }

    @Test
    void whatCouldNotBeOpenedIsTriedAgain() {
        assertThatThrownBy(() -> OpenOnce.get("part", () -> {
                    throw new IOException("no such disk");
                }))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessage("no such disk");
        assertThat(OpenOnce.<String>get("part", () -> "part")).isEqualTo("part");
    }

    @Test
    void closingClosesWhatBelongsToOneTokenOnly() {
        List<String> closed = new ArrayList<>();
        OpenOnce.<AutoCloseable>get("one/part 0", () -> () -> closed.add("one"));
        OpenOnce.<AutoCloseable>get("two/part 0", () -> () -> closed.add("two"));
        OpenOnce.close("one");
        assertThat(closed).containsExactly("one");
    }
}
