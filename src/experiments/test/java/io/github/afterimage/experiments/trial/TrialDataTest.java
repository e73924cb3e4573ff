package io.github.afterimage.experiments.trial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.afterimage.failure.CorruptDataException;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.data.ImageSets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrialDataTest {
    @TempDir
    private Path folder;

    private String data;

    @BeforeEach
    void write() throws IOException {
        for (String name : List.of("cat", "dog")) {
            Path target = Files.createDirectory(folder.resolve(name));
            for (int i = 0; i < 12; i++) {
                Files.createFile(target.resolve(i + ".png"));
            }
        }
        data = "images:" + folder;
    }

    @Test
    void eachClassIsDividedInSixths() throws IOException {
        TrialData parts = TrialData.of(data, null, null, null);
        assertThat(List.of(parts.memory(), parts.tuning(), parts.test()))
                .containsExactly(data + "[0:16]", data + "[16:20]", data + "[20:24]");
        Set<String> names = new HashSet<>();
        for (String part : List.of(parts.memory(), parts.tuning(), parts.test())) {
            ImageSet images = ImageSets.open(part);
            int cats = 0;
            for (int i = 0; i < images.size(); i++) {
                cats += images.label(i) == 0 ? 1 : 0;
                names.add(images.imageName(i));
            }
            assertThat(cats).isEqualTo(images.size() / 2);
        }
        assertThat(names).hasSize(24);
    }

    @Test
    void whatIsNamedIsTakenAndTheRestIsDivided() throws IOException {
        TrialData parts = TrialData.of(data + "[4:20]", null, null, "images:other");
        assertThat(parts.memory()).isEqualTo(data + "[4:16]");
        assertThat(parts.tuning()).isEqualTo(data + "[16:20]");
        assertThat(parts.test()).isEqualTo("images:other");
        assertThat(TrialData.of(null, "images:a", "images:b", "images:c").division())
                .contains("you named");
    }

    @Test
    void tooLittleToDivideIsRefused() {
        assertThatThrownBy(() -> TrialData.of(data + "[0:2]", null, null, null))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContaining("too few to divide");
        assertThatThrownBy(() -> TrialData.of(null, "images:a", null, null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("--memory, --tuning and --test");
    }
}
