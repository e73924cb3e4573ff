package io.github.afterimage.model.conversion;

import io.github.afterimage.model.evaluation.Progress;
import io.github.afterimage.store.AtomicFile;
import io.github.afterimage.store.Keys;
import io.github.afterimage.store.Snapshot;
import io.github.afterimage.tensors.ArrayHeaders;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.zip.ZipEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;

/** Writes the keys of an index as float32, with their labels and ids, for other programs. */
public final class IndexExporter {
    private static final int BATCH = 256;

    private final Snapshot snapshot;
    private final int dim;
    private final Progress progress;

    private IndexExporter(Snapshot snapshot, int dim, Progress progress) {
        this.snapshot = snapshot;
        this.dim = dim;
        this.progress = progress;
    }

    /** A format, told by the end of a file's name. */
    public enum Format {
        /** One array; labels and ids beside it, as {@code name.labels.npy} and {@code name.ids.npy}. */
        NPY(".npy"),
        /** {@code features}, {@code labels}, {@code ids}. */
        NPZ(".npz"),
        /** {@code features}, {@code labels}, {@code ids}. */
        SAFETENSORS(".safetensors"),
        /** Faiss's IndexFlatIP; labels and ids beside it, as with .npy. */
        FAISS(".faiss");

        private final String suffix;

        Format(String suffix) {
            this.suffix = suffix;
        }

        /** @throws IllegalArgumentException if the name has no such end */
        public static Format of(Path file) {
            String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
            for (Format format : values()) {
                if (name.endsWith(format.suffix)) {
                    return format;
                }
            }
            throw new IllegalArgumentException(
                    file + ": expected a name that ends in .npy, .npz, .safetensors or .faiss, which tells the format");
        }
    }

    /**
     * Writes the files, each of which appears when it is complete, the one named {@code file} last.
     *
     * @param dim of the keys
     * @return what was written
     * @throws IOException if one cannot be written; what it held is unchanged
     */
    public static List<Path> export(Snapshot snapshot, int dim, Path file, Progress progress) throws IOException {
        return new IndexExporter(snapshot, dim, progress).export(file);
    }

    /** Bytes that an export takes, but for its headers. */
    public static long bytes(Snapshot snapshot, int dim) {
        return snapshot.size() * ((long) dim * Float.BYTES + Integer.BYTES + Long.BYTES);
    }

    private List<Path> export(Path file) throws IOException {
        Format format = Format.of(file);
        List<Path> written = new ArrayList<>();
        if (format == Format.NPY || format == Format.FAISS) {
            String name = file.getFileName().toString();
            String stem = name.substring(0, name.length() - format.suffix.length());
            for (Array array : List.of(Array.LABELS, Array.IDS)) {
                Path beside = file.resolveSibling(stem + "." + array.title + ".npy");
                write(beside, channel -> writeNumpy(Channels.newOutputStream(channel), array));
                written.add(beside);
            }
        }
        write(file, channel -> {
            OutputStream out = Channels.newOutputStream(channel);
            switch (format) {
                case NPY -> writeNumpy(out, Array.FEATURES);
                case FAISS -> {
                    write(out, ArrayHeaders.faissFlat(snapshot.size(), dim));
                    writeElements(out, Array.FEATURES);
                }
                case NPZ -> writeArchive(channel);
                case SAFETENSORS -> {
                    write(out, safetensorsHeader());
                    for (Array array : Array.values()) {
                        writeElements(out, array);
                    }
                }
            }
        });
        written.add(file);
        return written;
    }

    /** The arrays, those of the largest elements first, which aligns all where they follow each other. */
    private enum Array {
        IDS("ids", "<i8", "I64", Long.BYTES),
        FEATURES("features", "<f4", "F32", Float.BYTES),
        LABELS("labels", "<i4", "I32", Integer.BYTES);

        private final String title;
        private final String numpyType;
        private final String tensorType;
        private final int elementBytes;

        Array(String title, String numpyType, String tensorType, int elementBytes) {
            this.title = title;
            this.numpyType = numpyType;
            this.tensorType = tensorType;
            this.elementBytes = elementBytes;
        }
    }

    private interface Content {
        void write(FileChannel channel) throws IOException;
    }

    private static void write(Path file, Content content) throws IOException {
        try (AtomicFile target = AtomicFile.create(file)) {
            content.write(target.channel());
            target.complete();
        }
    }

    private void writeNumpy(OutputStream out, Array array) throws IOException {
        write(out, ArrayHeaders.numpy(array.numpyType, shape(array)));
        writeElements(out, array);
    }

    /** Entries are stored: packing float32 keys saves 7 % of the bytes and takes ten times as long as writing them. */
    private void writeArchive(FileChannel channel) throws IOException {
        ZipArchiveOutputStream zip = new ZipArchiveOutputStream(channel); // a channel, to write checksums afterwards
        for (Array array : Array.values()) {
            ZipArchiveEntry entry = new ZipArchiveEntry(array.title + ".npy");
            entry.setMethod(ZipEntry.STORED);
            entry.setSize(ArrayHeaders.numpy(array.numpyType, shape(array)).remaining() + bytes(array));
            zip.putArchiveEntry(entry);
            writeNumpy(zip, array);
            zip.closeArchiveEntry();
        }
        zip.finish();
        zip.flush();
    }

    private long[] shape(Array array) {
        return array == Array.FEATURES ? new long[] {snapshot.size(), dim} : new long[] {snapshot.size()};
    }

    private long bytes(Array array) {
        return snapshot.size() * array.elementBytes * (array == Array.FEATURES ? dim : 1);
    }

    private ByteBuffer safetensorsHeader() {
        List<String> members = new ArrayList<>();
        long offset = 0;
        for (Array array : Array.values()) {
            String shape = array == Array.FEATURES ? snapshot.size() + "," + dim : Long.toString(snapshot.size());
            members.add("\"" + array.title + "\":{\"dtype\":\"" + array.tensorType + "\",\"shape\":[" + shape
                    + "],\"data_offsets\":[" + offset + "," + (offset + bytes(array)) + "]}");
            offset += bytes(array);
        }
        String json = "{" + String.join(",", members) + "}";
        byte[] text =
                (json + " ".repeat(Math.floorMod(-json.length(), Long.BYTES))).getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(Long.BYTES + text.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(text.length)
                .put(text)
                .flip();
    }

    private void writeElements(OutputStream out, Array array) throws IOException {
        long done = 0;
        for (Keys keys : snapshot.parts()) {
            for (long first = 0; first < keys.count(); first += BATCH) {
                int count = (int) Math.min(BATCH, keys.count() - first);
                write(out, elements(array, keys, first, count));
                if (array == Array.FEATURES) {
                    progress.report(done + first + count, snapshot.size());
                }
            }
            done += keys.count();
        }
    }

    private ByteBuffer elements(Array array, Keys keys, long first, int count) {
        ByteBuffer bytes = ByteBuffer.allocate(
                        Math.multiplyExact(count * (array == Array.FEATURES ? dim : 1), array.elementBytes))
                .order(ByteOrder.LITTLE_ENDIAN);
        switch (array) {
            case IDS -> bytes.put(keys.idBytes(first, count));
            case LABELS -> bytes.put(keys.labelBytes(first, count));
            case FEATURES -> {
                FloatBuffer rows = KeyRows.read(keys, first, count);
                bytes.asFloatBuffer().put(rows);
                bytes.position(bytes.capacity());
            }
        }
        return bytes.flip();
    }

    private static void write(OutputStream out, ByteBuffer bytes) throws IOException {
        out.write(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
    }
}
