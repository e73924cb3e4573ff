package io.github.afterimage.model.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FingerprintTest {
    @TempDir
    private Path folder;

    @Test
    void changesWithAPictureOfAFolderAndNotWithWhatIsBeside() throws IOException {
        Path picture =
                Files.createFile(Files.createDirectory(folder.resolve("cat")).resolve("1.PNG"));
        Files.setLastModifiedTime(picture, FileTime.fromMillis(1000));
        String before = Fingerprint.of("images:" + folder);
        assertThat(before).startsWith("1 files, 0 bytes, ");
        Files.createFile(folder.resolve("index.0001.safetensors"));
        Files.createFile(folder.resolve("build.log"));
        assertThat(Fingerprint.of("images:" + folder + "[0:1]")).isEqualTo(before);
        Files.setLastModifiedTime(picture, FileTime.fromMillis(2000));
        assertThat(Fingerprint.of("images:" + folder)).isNotEqualTo(before);
    }

    @Test
    void changesWithTheLabelsBesideAnArray() throws IOException {
        Path array = Files.createFile(folder.resolve("train.npy"));
        String before = Fingerprint.of("features:" + array);
        Files.createFile(folder.resolve("train.index.safetensors"));
        assertThat(Fingerprint.of("features:" + array)).isEqualTo(before);
        Files.createFile(folder.resolve("train.labels.npy"));
        assertThat(Fingerprint.of("features:" + array)).isNotEqualTo(before);
    }
}
