package io.github.afterimage.file;

import io.github.afterimage.platform.AtomicFile;
import io.github.afterimage.platform.Disk;
import io.github.afterimage.platform.InputFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The file of an index as it was before a save began its log.
 *
 * @param content all bytes of a file without keys; null for one with keys, which is a part now
 */
record FileBeforeLog(SavedIndex index, byte @Nullable [] content) {
    static FileBeforeLog of(SavedIndex index) throws IOException {
        return new FileBeforeLog(index, index.header.size() == 0 ? Files.readAllBytes(index.target) : null);
    }

    /** Gives the file its old bytes, unless the save has not kept them or a part that they name. */
    void restore(Disk disk) throws IOException {
        Path file = index.target;
        if (content == null) {
            List<Path> now = IndexFile.files(file);
            if (now.size() == 2 && isOriginal(now.get(1))) {
                disk.rename(now.get(1), file);
                disk.force(AtomicFile.folder(file));
            }
        } else if (index.header.parts().stream().allMatch(part -> Files.exists(part.beside(file)))) {
            try (AtomicFile old = AtomicFile.create(disk, file, file)) {
                AtomicFile.write(old.channel(), ByteBuffer.wrap(content));
                old.complete();
            }
        }
    }

    private boolean isOriginal(Path part) throws IOException {
        try (InputFile input = InputFile.read(part)) {
            return input.bytes == index.identity.bytes()
                    && Checksums.ofHeader(HeaderReader.bytes(input)) == index.identity.checksum();
        }
    }
}
