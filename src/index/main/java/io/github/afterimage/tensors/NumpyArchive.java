package io.github.afterimage.tensors;

import io.github.afterimage.failure.CorruptDataException;
import io.github.afterimage.platform.AtomicFile;
import io.github.afterimage.platform.Disk;
import io.github.afterimage.platform.Resources;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;
import org.apache.commons.compress.archivers.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes .npz files; only this class needs commons-compress. Stored arrays are read in place; deflated arrays are inflated once to a temporary file.
 *
 * <p>Opening reads each wanted array once to compare its checksum. Before inflation, this class refuses an array whose size
 * does not match its shape, and an array of more than 64 MiB that would inflate to more than 100 times its bytes.
 */
final class NumpyArchive {
    private static final int BLOCK_BYTES = 1 << 16;

    private static final int LISTED = 20; // maximum entries in a message; more do not fit a terminal
    private static final int DESCRIBED_BYTES = 300; // start of an entry, which has the dtype and the shape

    // Features deflate to between 1/2 and 1/10. Zeros deflate to 1/1000, as in a file that is made to fill the disk.
    private static final long MAX_TIMES = 100;
    private static final long UNSUSPECTED_BYTES = 64 << 20;

    private static final long MAX_DIRECTORY_BYTES = 1 << 20;
    private static final int END_SIGNATURE = 0x06054b50;
    private static final int END_BYTES = 22;
    private static final int LOCATOR_BYTES = 20; // before the end of a zip file of more than 4 GB
    private static final int END_64_BYTES = 56;
    private static final int LONGEST_END = LOCATOR_BYTES + END_BYTES + 0xffff; // with the longest comment
    private static final long BEYOND_4_GB = 0xffffffffL;

    private NumpyArchive() {}

    static void read(Path path, FileChannel channel, List<String> wanted, ArrayFile target) throws IOException {
        requireShortDirectory(path, channel);
        try (ZipFile zip = ZipFile.builder().setPath(path).get()) {
            for (ZipArchiveEntry entry : Collections.list(zip.getEntries())) {
                String name = arrayName(entry);
                if (wanted.contains(name) && !isUnreadable(name, zip, entry)) {
                    String place = "\"" + name + "\" in " + path;
                    target.add(name, array(zip, entry, channel, place, target, name.equals(ArrayFile.ROW_NAMES)));
                }
            }
        } catch (CorruptDataException | FileSystemException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            // The zip reader throws either kind if the file is damaged.
            throw new CorruptDataException(path + " is not an intact .npz file (" + e.getMessage() + ")", e);
        }
    }

    /** Lists the arrays of a .npz file for messages; only the first ones if there are many. */
    static String contents(Path path) throws IOException {
        try (ZipFile zip = ZipFile.builder().setPath(path).get()) {
            List<ZipArchiveEntry> entries = Collections.list(zip.getEntries());
            List<String> found = new ArrayList<>();
            for (ZipArchiveEntry entry : entries.subList(0, Math.min(LISTED, entries.size()))) {
                found.add(arrayName(entry) + " " + description(zip, entry));
            }
            int more = entries.size() - found.size();
            return String.join(", ", found) + (more > 0 ? " and " + more + " more" : "");
        }
    }

    /** Returns whether these are names of rows as Python objects or bytes: those are not needed. */
    private static boolean isUnreadable(String name, ZipFile zip, ZipArchiveEntry entry) {
        return name.equals(ArrayFile.ROW_NAMES) && description(zip, entry).matches("'[<>=|]?[SO].*");
    }

    private static String description(ZipFile zip, ZipArchiveEntry entry) {
        try (InputStream stream = zip.getInputStream(entry)) {
            return NumpyHeader.description(stream.readNBytes(DESCRIBED_BYTES));
        } catch (IOException | RuntimeException e) {
            return "that cannot be read";
        }
    }

    /** Writes entries uncompressed. Deflating float32 keys saves 7 % of the bytes and takes ten times as long as writing. */
    static void write(FileChannel channel, List<ArrayFormat.Content> arrays) throws IOException {
        ZipArchiveOutputStream zip =
                new ZipArchiveOutputStream(channel); // seeks back in the channel to write checksums
        for (ArrayFormat.Content array : arrays) {
            ZipArchiveEntry entry = new ZipArchiveEntry(array.name() + ".npy");
            entry.setMethod(ZipEntry.STORED);
            int headerBytes = NumpyHeader.encode(array.type(), array.shape()).length;
            entry.setSize(headerBytes + array.tensor().bytes());
            zip.putArchiveEntry(entry);
            ArrayFormat.writeNumpy(zip, array);
            zip.closeArchiveEntry();
        }
        zip.finish();
        zip.flush();
    }

    private static String arrayName(ZipArchiveEntry entry) {
        String name = entry.getName();
        return name.endsWith(".npy") ? name.substring(0, name.length() - ".npy".length()) : name;
    }

    /** Refuses a huge directory, because the zip reader keeps an object for each entry. */
    private static void requireShortDirectory(Path path, FileChannel channel) throws IOException {
        Region file = new Region(channel, path.toString(), 0, channel.size());
        int length = (int) Math.min(file.length(), LONGEST_END);
        ByteBuffer end = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        file.read(file.length() - length, end);
        for (int place = length - END_BYTES; place >= 0; place--) {
            if (end.getInt(place) == END_SIGNATURE) {
                long directory = Integer.toUnsignedLong(end.getInt(place + 16));
                if (directory == BEYOND_4_GB && place >= LOCATOR_BYTES) {
                    long end64 = end.getLong(place - LOCATOR_BYTES + 8);
                    ByteBuffer start = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
                    if (end64 >= 0 && end64 <= file.length() - END_64_BYTES) {
                        file.read(end64 + 48, start);
                    }
                    directory = start.getLong(0);
                }
                long bytes = file.length() - length + place - directory;
                if (bytes < 0 || bytes > MAX_DIRECTORY_BYTES) {
                    throw new CorruptDataException(path + " has a zip directory of " + bytes + " bytes: expected 0.."
                            + MAX_DIRECTORY_BYTES + ", enough for ten thousand arrays");
                }
                return;
            }
        }
        throw new CorruptDataException(path + " is not an intact .npz file: the directory at its end is missing");
    }

    private static NumericArray array(
            ZipFile zip, ZipArchiveEntry entry, FileChannel channel, String place, ArrayFile target, boolean texts)
            throws IOException {
        long size = entry.getSize();
        if (entry.getMethod() == ZipEntry.STORED
                && !entry.getGeneralPurposeBit().usesEncryption()) {
            // The reader finds the entry's data offset in getInputStream.
            try (InputStream stream = zip.getInputStream(entry)) {
                requireChecksum(stream, entry, place, null);
            }
            long start = entry.getDataOffset();
            if (start < 0 || size > channel.size() - start) {
                throw new CorruptDataException(
                        place + " needs " + size + " bytes at offset " + start + ": the file has " + channel.size());
            }
            return NumpyHeader.read(place, new Region(channel, place, start, size), texts);
        }
        if (entry.getMethod() != ZipEntry.DEFLATED || !zip.canReadEntryData(entry)) {
            throw new CorruptDataException(place + " is encrypted or packed with zip method " + entry.getMethod()
                    + ": save it with numpy.savez or numpy.savez_compressed");
        }
        long packed = Math.min(entry.getCompressedSize(), channel.size());
        if (size > UNSUSPECTED_BYTES && size / MAX_TIMES > packed) {
            throw new CorruptDataException(place + " would inflate from " + packed + " to " + size
                    + " bytes, more than " + MAX_TIMES + " times: if it is genuine, save it with numpy.savez");
        }
        try (InputStream stream = zip.getInputStream(entry)) {
            byte[] start = stream.readNBytes((int) Math.min(NumpyHeader.LONGEST, Math.max(size, 0)));
            FileChannel inflated = temporary(target, size);
            inflated.write(ByteBuffer.wrap(start), 0);
            // This compares the size with the shape before the rest is inflated.
            NumericArray array = NumpyHeader.read(place, new Region(inflated, place, 0, size), texts);
            requireChecksum(new SequenceInputStream(new ByteArrayInputStream(start), stream), entry, place, inflated);
            return array;
        }
    }

    /** Creates a file that is deleted when it is closed. */
    private static FileChannel temporary(ArrayFile target, long size) throws IOException {
        Path file = Files.createTempFile("afterimage", ".npy");
        return Resources.guarded(() -> Files.deleteIfExists(file), () -> {
            long room = Files.getFileStore(file).getUsableSpace();
            if (size > room) {
                throw Disk.refused(
                        AtomicFile.folder(file),
                        "has " + room + " bytes left, and an array needs " + size
                                + " to be inflated: set -Djava.io.tmpdir, or save with numpy.savez");
            }
            return target.keep(FileChannel.open(
                    file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE));
        });
    }

    private static void requireChecksum(
            InputStream stream, ZipArchiveEntry entry, String place, @Nullable FileChannel copy) throws IOException {
        CRC32 checksum = new CRC32();
        byte[] block = new byte[BLOCK_BYTES];
        long size = 0;
        for (int read = stream.read(block); read >= 0; read = stream.read(block)) {
            checksum.update(block, 0, read);
            size += read;
            if (size > entry.getSize()) {
                break;
            }
            if (copy != null) {
                AtomicFile.write(copy, ByteBuffer.wrap(block, 0, read));
            }
        }
        if (size != entry.getSize() || checksum.getValue() != entry.getCrc()) {
            throw new CorruptDataException(place + " is damaged: expected " + entry.getSize() + " bytes with checksum "
                    + Long.toHexString(entry.getCrc()) + ", found " + size + " bytes with "
                    + Long.toHexString(checksum.getValue()));
        }
    }
}
