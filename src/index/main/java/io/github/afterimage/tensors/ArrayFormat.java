package io.github.afterimage.tensors;

import io.github.afterimage.platform.AtomicFile;
import io.github.afterimage.platform.Disk;
import io.github.afterimage.platform.MissingLibrary;
import io.github.afterimage.platform.NumberType;
import io.github.afterimage.tensors.SafeTensorsHeader.Tensor;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The formats of array files that can be written. The suffix of a file's name selects the format. */
public enum ArrayFormat {
    /** One array in a file; the other arrays lie in files beside it, named {@code stem.name.npy}. */
    NPY(".npy"),
    /** All arrays in one file. */
    NPZ(".npz"),
    /** All arrays in one file. */
    SAFETENSORS(".safetensors");

    private final String suffix;

    ArrayFormat(String suffix) {
        this.suffix = suffix;
    }

    /** Writes the elements of an array, row-major and little-endian. */
    public interface Elements {
        /** Writes all elements. */
        void writeTo(OutputStream out) throws IOException;
    }

    /** An array to write. */
    public record Content(String name, NumberType type, List<Long> shape, Elements elements) {
        Tensor tensor() {
            return new Tensor(name, type, shape);
        }
    }

    /**
     * Returns the format that the name of a file selects.
     *
     * @throws IllegalArgumentException if the name has no known suffix
     */
    public static ArrayFormat of(Path file) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        for (ArrayFormat format : values()) {
            if (name.endsWith(format.suffix)) {
                return format;
            }
        }
        throw new IllegalArgumentException(
                file + ": expected a name that ends in .npy, .npz or .safetensors, which tells the format");
    }

    /**
     * Writes arrays in the format that the name of the file selects. Each file appears under its name when it is complete,
     * {@code file} last.
     *
     * @param arrays arrays of features, the main one first
     * @return the written files
     * @throws FileSystemException if another file beside {@code file} would be read as one of its arrays; nothing is written then
     * @throws IOException if a file cannot be written; its name then keeps its old file
     */
    public static List<Path> write(Path file, List<Content> arrays) throws IOException {
        return of(file).writeAs(file, arrays);
    }

    private List<Path> writeAs(Path file, List<Content> arrays) throws IOException {
        List<Path> written = new ArrayList<>();
        if (this == NPY) {
            requireNoOthersBeside(file, arrays);
            for (Content array : arrays.subList(1, arrays.size())) {
                Path beside = ArrayFile.beside(file, array.name());
                writeWhole(beside, channel -> writeNumpy(Channels.newOutputStream(channel), array));
                written.add(beside);
            }
        }
        try {
            writeWhole(file, channel -> writeTo(channel, arrays));
        } catch (NoClassDefFoundError e) {
            throw MissingLibrary.of("org.apache.commons:commons-compress", file, e);
        }
        written.add(file);
        return written;
    }

    private static void requireNoOthersBeside(Path file, List<Content> arrays) throws FileSystemException {
        Set<String> names = arrays.stream().map(Content::name).collect(Collectors.toSet());
        List<String> others = ArrayFile.FEATURES.stream()
                .filter(name -> !names.contains(name))
                .map(name -> ArrayFile.beside(file, name))
                .filter(Files::exists)
                .map(beside -> beside.getFileName().toString())
                .toList();
        if (!others.isEmpty()) {
            throw Disk.refused(
                    file,
                    "would be read together with " + String.join(" and ", others)
                            + " beside it, which this does not write: move that away, or choose another name");
        }
    }

    private void writeTo(FileChannel channel, List<Content> arrays) throws IOException {
        OutputStream out = Channels.newOutputStream(channel);
        // With the largest elements first, every array begins at a multiple of its element size.
        List<Content> aligned = arrays.stream()
                .sorted(Comparator.comparing((Content array) -> array.type().bytes)
                        .reversed())
                .toList();
        switch (this) {
            case NPY -> writeNumpy(out, arrays.get(0));
            case NPZ -> NumpyArchive.write(channel, aligned);
            case SAFETENSORS -> {
                List<Tensor> tensors = aligned.stream().map(Content::tensor).toList();
                out.write(SafeTensorsHeader.encode(Map.of(), tensors, Long.BYTES));
                for (Content array : aligned) {
                    array.elements().writeTo(out);
                }
            }
        }
    }

    static void writeNumpy(OutputStream out, Content array) throws IOException {
        out.write(NumpyHeader.encode(array.type(), array.shape()));
        array.elements().writeTo(out);
    }

    private interface Body {
        void writeTo(FileChannel channel) throws IOException;
    }

    private static void writeWhole(Path file, Body body) throws IOException {
        try (AtomicFile target = AtomicFile.create(file)) {
            body.writeTo(target.channel());
            target.complete();
        }
    }
}
