package io.github.afterimage.model.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DeclaredNamesTest {
    private static List<String> names(String text) {
        return DeclaredNames.of(Map.of("names", text, "stride", "32"));
    }

    @Test
    void namesAreReadAsExportersWriteThem() {
        assertThat(names("{0: 'tench', 1: \"jack-o'-lantern\", 2: 'it\\'s, {so}'}"))
                .containsExactly("tench", "jack-o'-lantern", "it's, {so}");
        assertThat(names("{\"1\": \"dog\", \"0\": \"cat, tame\"}")).containsExactly("cat, tame", "dog");
        assertThat(names("[\"cat\", 'dog']")).containsExactly("cat", "dog");
        assertThat(names("cat, dog")).containsExactly("cat", "dog");
        assertThat(names("cat, tame\ndog\n")).containsExactly("cat, tame", "dog");
        assertThat(DeclaredNames.of(Map.of("id2label", "{\"0\": \"cat\"}"))).containsExactly("cat");
    }

    @Test
    void whatIsIncompleteTellsNoNames() {
        assertThat(names("{0: 'cat', 2: 'dog'}")).isEmpty();
        assertThat(names("{0: 1}")).isEmpty();
        assertThat(names("")).isEmpty();
        assertThat(DeclaredNames.of(Map.of())).isEmpty();
    }
}
