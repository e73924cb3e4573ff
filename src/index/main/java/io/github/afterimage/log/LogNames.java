package io.github.afterimage.log;

import io.github.afterimage.platform.AtomicFile;
import io.github.afterimage.platform.Disk;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Names the files of the log of an index: those of {@code cache.safetensors} are {@code cache.safetensors.0001.log} etc. */
public final class LogNames extends NumberedFiles {
    /** @param index the index file, not a symbolic link; the log lies beside it */
    public LogNames(Path index) {
        super(index, name(index), ".log");
    }

    /**
     * Deletes the files with this number and greater ones. The last is gone for good before the one before it, so that a loss of
     * power leaves a log without a gap.
     */
    void deleteFrom(Disk disk, int number) throws IOException {
        for (Path path : new TreeMap<>(files().tailMap(number)).descendingMap().values()) {
            disk.delete(path);
            disk.force(AtomicFile.folder(path));
        }
    }

    /** Forces all existing files to the disk. */
    void force(Disk disk) throws IOException {
        for (Path path : files().values()) {
            try (FileChannel channel = disk.open(path)) {
                channel.force(true);
            }
        }
    }

    /**
     * Deletes the files of the log of a position, as {@link Disk#deleteForGood}.
     *
     * @param position null for all files
     */
    public void deleteOf(Disk disk, @Nullable LogPosition position) throws IOException {
        List<Path> deleted = new ArrayList<>();
        for (Path file : files().values()) {
            if (position == null || LogReader.isOf(file, position)) {
                deleted.add(file);
            }
        }
        disk.deleteForGood(deleted);
    }

    /** Deletes the files with smaller numbers than {@code number}, as {@link Disk#deleteForGood}. */
    public void deleteBefore(Disk disk, int number) throws IOException {
        disk.deleteForGood(files().headMap(number).values());
    }
}
