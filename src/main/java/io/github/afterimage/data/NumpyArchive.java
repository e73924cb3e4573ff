package io.github.afterimage.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;

/**
 * Reads the arrays of a .npz file: stored ones in place, deflated ones inflated once to a temporary file. The checksum
 * of every array wanted is compared, which reads it once.
 */
final class NumpyArchive {
    private static final int BLOCK_BYTES = 1 << 16;

    private static final int LISTED = 20; // entries that a message lists: more do not fit a terminal
    private static final int DESCRIBED_BYTES = 300; // of an entry: enough for the dtype and the shape in its header

    private NumpyArchive() {}

    static void read(Path path, FileChannel channel, List<String> wanted, ArrayFile target) throws IOException {
        try (ZipFile zip = ZipFile.builder().setPath(path).get()) {
            for (ZipArchiveEntry entry : Collections.list(zip.getEntries())) {
                String name = arrayName(entry);
                if (wanted.contains(name)) {
                    String place = "\"" + name + "\" in " + path;
                    target.add(name, NumpyHeader.read(place, region(zip, entry, channel, place, target)));
                }
            }
        } catch (CorruptDataException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            // The zip reader answers damage with either kind.
            throw new CorruptDataException(path + " is not an intact .npz file (" + e.getMessage() + ")", e);
        }
    }

    /** What a .npz file holds, in words, for messages about it; the first of many entries. */
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

    private static String description(ZipFile zip, ZipArchiveEntry entry) {
        try (InputStream stream = zip.getInputStream(entry)) {
            return NumpyHeader.description(stream.readNBytes(DESCRIBED_BYTES));
        } catch (IOException | RuntimeException e) {
            return "that cannot be read";
        }
    }

    private static String arrayName(ZipArchiveEntry entry) {
        String name = entry.getName();
        return name.endsWith(".npy") ? name.substring(0, name.length() - ".npy".length()) : name;
    }

    private static Region region(
            ZipFile zip, ZipArchiveEntry entry, FileChannel channel, String place, ArrayFile target)
            throws IOException {
        long size = entry.getSize();
        if (entry.getMethod() == ZipEntry.STORED
                && !entry.getGeneralPurposeBit().usesEncryption()) {
            // getInputStream makes the reader find the entry's data.
            try (InputStream stream = zip.getInputStream(entry)) {
                requireChecksum(stream, entry, place, null);
            }
            long start = entry.getDataOffset();
            if (start < 0 || size > channel.size() - start) {
                throw new CorruptDataException(
                        place + " needs " + size + " bytes at offset " + start + ": the file has " + channel.size());
            }
            return new Region(channel, place, start, size);
        }
        if (entry.getMethod() != ZipEntry.DEFLATED || !zip.canReadEntryData(entry)) {
            throw new CorruptDataException(place + " is encrypted or packed with zip method " + entry.getMethod()
                    + ": save it with numpy.savez or numpy.savez_compressed");
        }
        Path temporary = Files.createTempFile("afterimage", ".npy");
        FileChannel inflated;
        try {
            inflated = target.keep(FileChannel.open(
                    temporary, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE));
        } catch (IOException e) {
            Files.deleteIfExists(temporary);
            throw e;
        }
        try (InputStream stream = zip.getInputStream(entry)) {
            requireChecksum(stream, entry, place, inflated);
        }
        return new Region(inflated, place, 0, size);
    }

    private static void requireChecksum(InputStream stream, ZipArchiveEntry entry, String place, FileChannel copy)
            throws IOException {
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
                ByteBuffer bytes = ByteBuffer.wrap(block, 0, read);
                while (bytes.hasRemaining()) {
                    copy.write(bytes);
                }
            }
        }
        if (size != entry.getSize() || checksum.getValue() != entry.getCrc()) {
            throw new CorruptDataException(place + " is damaged: expected " + entry.getSize() + " bytes with checksum "
                    + Long.toHexString(entry.getCrc()) + ", found " + size + " bytes with "
                    + Long.toHexString(checksum.getValue()));
        }
    }
}
