package io.github.afterimage.experiments.trial;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.KeyEntry;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.StoredIndex;
import io.github.afterimage.failure.CorruptIndexException;
import io.github.afterimage.model.KeySource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * The index that a trial wrote, as the trial remembers it, so that it replaces no other one. The commands of the trial make a file that
 * is as good: it has the same keys with the same labels, names and weights, of the same network, at the same point.
 */
record WrittenIndex(Path file, TrialOptions options) {
    private static final int LISTED = 4096;

    /**
     * Refuses to replace an index that neither a trial of this network and data nor its commands left as it is now.
     *
     * @throws FileAlreadyExistsException if there is one
     */
    void requireReplaceable() throws IOException {
        String before = remembered();
        if (Files.exists(file) && !(before.startsWith(origin()) && before.contains(content()))) {
            throw new FileAlreadyExistsException(
                    file.toString(),
                    null,
                    "was changed since a trial wrote it, or is not of a trial of this network and data, and would be"
                            + " replaced: name another folder with --out, or delete the index");
        }
    }

    /** Returns whether the file is as the trial that has this mark wrote it. */
    boolean isOf(String mark) throws IOException {
        return Files.exists(file) && remembered().equals(origin() + mark + "\n" + content());
    }

    /** Remembers the file that the trial of this mark has written. */
    void remember(String mark) throws IOException {
        Files.writeString(memory(), origin() + mark + "\n" + content());
    }

    private Path memory() throws IOException {
        return options.work().file("written", Map.of(), ".txt");
    }

    private String remembered() throws IOException {
        return Files.exists(memory()) ? Files.readString(memory()) : "";
    }

    private String origin() {
        return options.network() + "\n" + options.data().memory().replaceFirst("\\[[^]]*]$", "") + "\n";
    }

    /**
     * Describes what is in the index, and then its point, if it is tuned. The values of the keys do not count: a network may give
     * other last bits in batches of another size.
     */
    private String content() throws IOException {
        CRC32C keys = new CRC32C();
        try (CacheIndex index = CacheIndex.open(file, new OpenOptions().verify(false))) {
            long next = 0;
            for (List<KeyEntry> page = index.list(next, LISTED); !page.isEmpty(); page = index.list(next, LISTED)) {
                page.forEach(key -> keys.update(key.toString().getBytes(StandardCharsets.UTF_8)));
                next = page.get(page.size() - 1).id() + 1;
            }
            return index.format() + "\n" + KeySource.of(index) + "\n" + index.size() + " keys, crc32c "
                    + Long.toHexString(keys.getValue()) + ", "
                    + StoredIndex.log(file).changes() + " changes in the log\n"
                    + (index.calibration().tuned() ? index.calibration().rule() + "\n" : "");
        } catch (CorruptIndexException e) {
            return String.valueOf(e.getMessage());
        }
    }
}
