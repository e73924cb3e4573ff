package io.github.afterimage.model.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageArchiveTest {
    @TempDir
    private Path folder;

    @Test
    void readsTheImagesThatItWrote() throws IOException {
        Image first = Image.computed(2, 1, new float[] {-0.1f, 0, 0.25f, 1, 1.2f, 0.5f});
        Image second = Image.of(2, 1, new float[] {1, 0, 1, 0, 1, 0});
        Path file = folder.resolve("set.npz");
        try (OutputStream out = Files.newOutputStream(file)) {
            ImageArchive.write(List.of(first, second), new int[] {7, 3}, out);
        }
        ImageSet read = ImageSets.open("npz:" + file);
        assertThat(read.size()).isEqualTo(2);
        assertThat(read.label(0)).isEqualTo(7);
        assertThat(read.label(1)).isEqualTo(3);
        assertThat(read.image(0).values()).containsExactly(first.values());
        assertThat(read.image(1).values()).containsExactly(second.values());
    }

    @Test
    void refusesDifferentCountsAndSizes() {
        OutputStream out = new ByteArrayOutputStream();
        Image image = Image.of(1, 1, new float[3]);
        assertThatThrownBy(() -> ImageArchive.write(List.of(image), new int[2], out))
                .hasMessage("1 images and 2 labels: expected the same positive number");
        assertThatThrownBy(() -> ImageArchive.write(List.of(image, Image.of(2, 1, new float[6])), new int[2], out))
                .hasMessage("an image of 2x1: expected the size of the first, 1x1");
    }
}
