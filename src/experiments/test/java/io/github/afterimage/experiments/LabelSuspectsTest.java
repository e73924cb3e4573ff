package io.github.afterimage.experiments;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.Progress;
import io.github.afterimage.StoredIndex;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LabelSuspectsTest {
    @TempDir
    Path folder;

    @Test
    void aWrongLabelIsFoundBesideTheOtherKeysWhateverTheirNumber() throws IOException {
        for (int pictures : new int[] {4, 90}) {
            Path file = folder.resolve(pictures + ".safetensors");
            Random random = new Random(pictures);
            float[] rows = new float[pictures * 2 * 2]; // two views of two values
            int[] labels = new int[pictures];
            for (int view = 0; view < 2 * pictures; view++) {
                labels[view / 2] = view / 2 % 2;
                rows[2 * view + view / 2 % 2] = 1;
                rows[2 * view + 1 - view / 2 % 2] = random.nextFloat() / 10;
            }
            labels[2] = 1;
            try (CacheIndex index = new CacheIndexBuilder(2, 2).build()) {
                index.add(KeyBatch.of(FloatBuffer.wrap(rows), labels).views(2));
                index.save(file);
                try (StoredIndex stored = StoredIndex.open(file, false)) {
                    assertThat(LabelSuspects.of(index, stored, 20, Progress.NONE))
                            .hasSize(pictures == 4 ? 4 : 2)
                            .filteredOn(suspect -> suspect.id() == 2)
                            .hasSize(2)
                            .allMatch(suspect -> suspect.label().equals("class 1")
                                    && suspect.others().equals("class 0"));
                }
            }
        }
    }
}
