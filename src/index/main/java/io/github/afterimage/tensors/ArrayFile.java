package io.github.afterimage.tensors;

import io.github.afterimage.failure.CorruptDataException;
import io.github.afterimage.platform.Disk;
import io.github.afterimage.platform.MissingLibrary;
import io.github.afterimage.platform.NumberType;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads named arrays of an open .npz, .npy or safetensors file; their elements stay in the file. */
public final class ArrayFile implements Closeable {
    private static final int ZIP = 0x504b0304; // "PK", the first entry of an archive
    private static final int NUMPY = 0x934e554d; // "NUM"

    /** Names of the arrays that a file of features may have, the main one first. */
    public static final List<String> FEATURES =
            List.of("features", "labels", "probabilities", "logits", "mirror_probabilities", "mirror_logits", "keys");

    /** The name of the array of the names of rows. */
    static final String ROW_NAMES = "names";

    /** The names of rows as an index keeps them: all as UTF-8, and the end of each. */
    private static final List<String> NAMES = List.of(ROW_NAMES, "name_ends");

    /** Maximum label. Every query computes a sum for each class, so a larger label is probably a mistake. */
    private static final int MAX_LABEL = 999_999;

    private static final int BLOCK = 1 << 16; // elements that are read at once

    private final Path path;
    private final List<FileChannel> channels = new ArrayList<>();
    private final Map<String, NumericArray> arrays = new LinkedHashMap<>();
    private final Map<String, String> metadata = new LinkedHashMap<>();
    /** Null for .npy, which has the other arrays in files beside it. */
    private @Nullable Contents contents;

    /** Lists all arrays of a file, for a message about a missing one. */
    interface Contents {
        String text() throws IOException;
    }

    private ArrayFile(Path path) {
        this.path = path;
    }

    /**
     * Opens a file and checks the layout of the wanted arrays. The first bytes of the file tell its format.
     *
     * @param wanted names of the arrays; .npy holds the first, and the others lie in files beside it. Names of rows are read from
     *     other formats too
     * @throws NoSuchFileException if the file does not exist
     * @throws CorruptDataException if the file or an array is damaged
     * @throws IllegalStateException if the format needs an optional library that is missing
     */
    public static ArrayFile open(Path path, List<String> wanted) throws IOException {
        if (Files.isDirectory(path)) {
            throw Disk.refused(path, "is a directory: expected a .npz, .npy or .safetensors file");
        }
        if (!Files.isRegularFile(path)) {
            throw new NoSuchFileException(
                    path.toString(), null, "no such file; expected a .npz, .npy or .safetensors file");
        }
        ArrayFile file = new ArrayFile(path);
        try {
            FileChannel channel = file.keep(FileChannel.open(path, StandardOpenOption.READ));
            ByteBuffer magic = ByteBuffer.allocate(4);
            if (channel.size() >= 4) {
                new Region(channel, path.toString(), 0, 4).read(0, magic);
            }
            if (magic.getInt(0) == ZIP) {
                file.contents = () -> NumpyArchive.contents(path);
                NumpyArchive.read(path, channel, withNames(wanted), file);
            } else if (magic.getInt(0) == NUMPY) {
                file.add(wanted.get(0), NumpyHeader.read(path.toString(), whole(path, channel)));
                file.addFilesBeside(wanted);
            } else {
                String text = SafeTensors.read(path, channel, withNames(wanted), file);
                file.contents = () -> text;
            }
            return file;
        } catch (NoClassDefFoundError e) {
            file.close();
            throw MissingLibrary.of("org.apache.commons:commons-compress", path, e);
        } catch (IOException | RuntimeException | Error e) {
            file.close();
            throw e;
        }
    }

    private static List<String> withNames(List<String> wanted) {
        return Stream.concat(wanted.stream(), NAMES.stream()).toList();
    }

    /** Names the format of a file that begins with these bytes, four or more; null if it is none of arrays, or safetensors. */
    public static @Nullable String format(byte[] start) {
        return switch (ByteBuffer.wrap(start).getInt()) {
            case ZIP -> "a .npz file";
            case NUMPY -> "a .npy file";
            default -> null;
        };
    }

    private static Region whole(Path path, FileChannel channel) throws IOException {
        return new Region(channel, path.toString(), 0, channel.size());
    }

    /** Adds the arrays beside a .npy file, such as {@code train.labels.npy} beside {@code train.npy}. */
    private void addFilesBeside(List<String> wanted) throws IOException {
        for (String name : wanted.subList(1, wanted.size())) {
            Path beside = beside(path, name);
            if (Files.isRegularFile(beside)) {
                FileChannel channel = keep(FileChannel.open(beside, StandardOpenOption.READ));
                add(name, NumpyHeader.read(beside.toString(), whole(beside, channel)));
            }
        }
    }

    /** Returns the file of an array beside the file {@code path}. */
    static Path beside(Path path, String name) {
        String file = path.getFileName().toString();
        int dot = file.lastIndexOf('.');
        return path.resolveSibling((dot > 0 ? file.substring(0, dot) : file) + "." + name + ".npy");
    }

    FileChannel keep(FileChannel channel) {
        channels.add(channel);
        return channel;
    }

    void add(String name, NumericArray array) throws CorruptDataException {
        if (arrays.put(name, array) != null) {
            throw new CorruptDataException(path + " has two arrays named " + name);
        }
    }

    void addMetadata(Map<String, String> texts) {
        metadata.putAll(texts);
    }

    /** Returns a text of the header of a safetensors file, or null if the file has none of this name. */
    public @Nullable String metadata(String name) {
        return metadata.get(name);
    }

    /** Returns the array of this name, or null if the file has none. */
    public @Nullable NumericArray find(String name) {
        return arrays.get(name);
    }

    /**
     * Returns the array of this name.
     *
     * @throws CorruptDataException if the file has none
     */
    public NumericArray require(String name) throws IOException {
        NumericArray array = arrays.get(name);
        if (array != null) {
            return array;
        }
        if (contents == null) {
            throw new CorruptDataException(path + " has no array \"" + name + "\" beside it: expected "
                    + beside(path, name) + ", which does not exist");
        }
        throw new CorruptDataException(path + " has no array \"" + name + "\": found " + contents.text());
    }

    /**
     * Reads a one-dimensional array of {@code size} labels, which are integers in 0..999,999.
     *
     * @throws CorruptDataException if the array is missing, has another shape or type, or has a label out of range
     */
    public int[] requireLabels(String name, long size) throws IOException {
        NumericArray array = require(name);
        if (array.shape().length != 1 || array.shape()[0] != size || !array.type().integer) {
            throw new CorruptDataException(array.name() + " is " + array.type() + array.shapeText()
                    + ": expected integers of shape [" + size + "], one for each row");
        }
        int[] labels = new int[(int) size];
        for (int from = 0; from < labels.length; from += BLOCK) {
            long[] values = array.readIntegers(from, Math.min(BLOCK, labels.length - from));
            for (int i = 0; i < values.length; i++) {
                if (values[i] < 0 || values[i] > MAX_LABEL) {
                    String label = array.type() == NumberType.U64
                            ? Long.toUnsignedString(values[i])
                            : Long.toString(values[i]);
                    throw new CorruptDataException("label " + label + " at row " + (from + i) + " of " + array.name()
                            + " is outside 0.." + MAX_LABEL);
                }
                labels[from + i] = (int) values[i];
            }
        }
        return labels;
    }

    /**
     * Reads the names of {@code size} rows; an empty one is that of a row without a name.
     *
     * @return null if the file has none
     * @throws CorruptDataException if the arrays have another shape or type, or the ends are not those of names
     */
    public String @Nullable [] names(int size) throws IOException {
        NumericArray texts = arrays.get(NAMES.get(0));
        NumericArray ends = arrays.get(NAMES.get(1));
        if (texts != null && texts.shape().length == 2) {
            return strings(texts, size);
        }
        if (texts == null || ends == null) {
            return null;
        }
        if (texts.type() != NumberType.U8
                || texts.shape().length != 1
                || texts.shape()[0] > Integer.MAX_VALUE - 8
                || !ends.type().integer
                || !Arrays.equals(ends.shape(), new long[] {size})) {
            throw new CorruptDataException(
                    texts.name() + " is " + texts.type() + texts.shapeText() + " and " + ends.name()
                            + " " + ends.type() + ends.shapeText() + ": expected bytes, and integers of shape [" + size
                            + "], one for each row");
        }
        byte[] bytes = new byte[(int) texts.shape()[0]];
        for (int from = 0; from < bytes.length; from += BLOCK) {
            long[] values = texts.readIntegers(from, Math.min(BLOCK, bytes.length - from));
            for (int i = 0; i < values.length; i++) {
                bytes[from + i] = (byte) values[i];
            }
        }
        String[] names = new String[size];
        int begin = 0;
        for (int from = 0; from < size; from += BLOCK) {
            long[] values = ends.readIntegers(from, Math.min(BLOCK, size - from));
            for (int i = 0; i < values.length; i++) {
                if (values[i] < begin || values[i] > bytes.length) {
                    throw new CorruptDataException("end " + values[i] + " at row " + (from + i) + " of " + ends.name()
                            + " is outside " + begin + ".." + bytes.length);
                }
                names[from + i] = new String(bytes, begin, (int) values[i] - begin, StandardCharsets.UTF_8);
                begin = (int) values[i];
            }
        }
        return names;
    }

    /** Reads strings of NumPy, each of which has zeros after its last character. */
    private static String[] strings(NumericArray texts, int size) throws IOException {
        long[] shape = texts.shape();
        if (texts.type() != NumberType.U32 || shape[0] != size || shape[1] > BLOCK || texts.fortran()) {
            throw new CorruptDataException(texts.name() + " is " + texts.type() + texts.shapeText()
                    + ": expected strings of shape [" + size + "], one for each row, of at most " + BLOCK
                    + " characters");
        }
        String[] names = new String[size];
        for (int row = 0; row < size; row++) {
            StringBuilder name = new StringBuilder();
            for (long character : texts.readIntegers(row * shape[1], (int) shape[1])) {
                if (character > Character.MAX_CODE_POINT) {
                    throw new CorruptDataException("character " + character + " at row " + row + " of " + texts.name()
                            + " is outside 0.." + Character.MAX_CODE_POINT);
                }
                name.appendCodePoint((int) character);
            }
            int end = name.length();
            while (end > 0 && name.charAt(end - 1) == 0) {
                end--;
            }
            names[row] = name.substring(0, end);
        }
        return names;
    }

    @Override
    public void close() throws IOException {
        for (FileChannel channel : channels) {
            channel.close();
        }
    }
}
