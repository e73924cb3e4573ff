package io.github.afterimage.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.UUID;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeLibraryTest {
    @TempDir
    Path folder;

    @Test
    void aLibraryOfAnotherBuildThatHasTheSameSizeAndTimeIsReplaced() throws Exception {
        String name = UUID.randomUUID() + ".jar";

        Path first = NativeLibrary.extract(resource(folder.resolve("first").resolve(name), (byte) 1));
        assertThat(first).hasBinaryContent(bytes((byte) 1));
        try {
            Path second =
                    NativeLibrary.extract(resource(folder.resolve("second").resolve(name), (byte) 2));
            assertThat(second).isEqualTo(first).hasBinaryContent(bytes((byte) 2));
        } finally {
            Files.delete(first);
            Files.delete(first.getParent());
        }
    }

    private static byte[] bytes(byte value) {
        byte[] bytes = new byte[5000];
        Arrays.fill(bytes, value);
        return bytes;
    }

    private static URL resource(Path jar, byte value) throws IOException {
        Files.createDirectories(jar.getParent());
        ZipEntry entry = new ZipEntry("library.so");
        entry.setLastModifiedTime(FileTime.fromMillis(1_700_000_000_000L));
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream entries = new JarOutputStream(file)) {
            entries.putNextEntry(entry);
            entries.write(bytes(value));
        }
        return URI.create("jar:" + jar.toUri() + "!/library.so").toURL();
    }
}
