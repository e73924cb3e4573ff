package io.github.afterimage.tensors;

import io.github.afterimage.failure.CorruptDataException;
import io.github.afterimage.platform.NumberType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The header of NumPy's .npy format, versions 1 to 3. */
public final class NumpyHeader {
    static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final int ALIGNMENT = 64;
    private static final int VERSION_1_START = 10;
    private static final int MAX_BYTES = 10_000; // NumPy's own limit
    /** Maximum bytes of a header, including its magic bytes and length. */
    static final int LONGEST = 12 + MAX_BYTES;

    private static final int MAX_DIMENSIONS = 64;

    // All quantifiers are possessive, so a hostile header takes only linear time.
    private static final Pattern HEADER = Pattern.compile("\\{(?:\\s*+(?:'descr'\\s*+:\\s*+'(?<type>[^']++)'"
            + "|'fortran_order'\\s*+:\\s*+(?<fortran>True|False)|'shape'\\s*+:\\s*+(?<shape>\\([0-9,\\s]*+\\)))"
            + "\\s*+(?:,|(?=\\}))){3}\\s*+\\}");
    private static final Pattern DIMENSION = Pattern.compile("[0-9]{1,18}");
    private static final Pattern TYPE = Pattern.compile("([<>|=]?)([fiu])([1248])");
    private static final Pattern TEXTS = Pattern.compile("([<>|=]?)U([0-9]{1,9})");

    private static final Pattern DESCRIPTION = Pattern.compile(
            "^\\x93NUMPY.{1,6}\\{'descr':\\s*+('[^']{1,20}+').{1,40}'shape':\\s*+(\\([0-9, ]{0,200}+\\))",
            Pattern.DOTALL);

    private NumpyHeader() {}

    /** Encodes the header of a row-major, little-endian array, version 1. */
    public static byte[] encode(NumberType type, List<Long> shape) {
        String text = "{'descr': '" + type.numpyName() + "', 'fortran_order': False, 'shape': ("
                + shape.stream().map(Object::toString).collect(Collectors.joining(", "))
                + (shape.size() == 1 ? ",), }" : "), }");
        int padding = ALIGNMENT - 1 - (VERSION_1_START + text.length()) % ALIGNMENT;
        byte[] bytes = (text + " ".repeat(padding) + "\n").getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(VERSION_1_START + bytes.length)
                .put(MAGIC)
                .put((byte) 1)
                .put((byte) 0)
                .put((byte) bytes.length)
                .put((byte) (bytes.length >> 8))
                .put(bytes)
                .array();
    }

    /**
     * Reads the header of an array. The region must contain the header and exactly the elements.
     *
     * @param name name of the array and its file, for messages
     * @throws CorruptDataException if the header is damaged, or if its shape does not match the bytes of the region
     */
    public static NumericArray read(String name, Region region) throws IOException {
        return read(name, region, false);
    }

    /**
     * Reads the header of an array, as {@link #read(String, Region)} does.
     *
     * @param texts whether it may have texts too, whose characters are then numbers in another dimension, the last one
     */
    static NumericArray read(String name, Region region, boolean texts) throws IOException {
        ByteBuffer start =
                ByteBuffer.allocate((int) Math.min(12, region.length())).order(ByteOrder.LITTLE_ENDIAN);
        region.read(0, start);
        start.flip();
        for (int i = 0; i < MAGIC.length; i++) {
            if (start.remaining() < 12 || start.get(i) != MAGIC[i]) {
                throw new CorruptDataException(name + " is not a NumPy array: it does not start with \\x93NUMPY");
            }
        }
        int version = start.get(6);
        if (version < 1 || version > 3) {
            throw new CorruptDataException(name + " has .npy version " + version + ": expected version 1, 2 or 3");
        }
        long length = version == 1 ? Short.toUnsignedLong(start.getShort(8)) : Integer.toUnsignedLong(start.getInt(8));
        int offset = version == 1 ? VERSION_1_START : 12;
        if (length > MAX_BYTES || length > region.length() - offset) {
            throw new CorruptDataException(name + " has a header of " + length + " bytes: at most "
                    + Math.min(MAX_BYTES, region.length() - offset) + " are possible here");
        }
        ByteBuffer text = ByteBuffer.allocate((int) length);
        region.read(offset, text);
        return parse(name, new String(text.array(), StandardCharsets.UTF_8), region.from(offset + length), texts);
    }

    private static NumericArray parse(String name, String header, Region elements, boolean texts)
            throws CorruptDataException {
        Matcher entries = HEADER.matcher(header.strip());
        if (!entries.matches()
                || entries.group("type") == null
                || entries.group("fortran") == null
                || entries.group("shape") == null) {
            throw new CorruptDataException(name + " has the header \"" + shorten(header)
                    + "\": expected {'descr': ..., 'fortran_order': ..., 'shape': (...)} of a plain numeric array");
        }
        Matcher text = TEXTS.matcher(entries.group("type"));
        boolean isText = texts && text.matches();
        Matcher type = isText ? text : TYPE.matcher(entries.group("type"));
        NumberType numberType = isText
                ? NumberType.U32
                : type.matches() ? NumberType.ofNumpy(type.group(2).charAt(0), Integer.parseInt(type.group(3))) : null;
        if (numberType == null) {
            throw new CorruptDataException(name + " has dtype '" + entries.group("type")
                    + "': expected integers for labels, bytes or floats for images, and floats for all other arrays"
                    + (entries.group("type").matches(".*[US].*")
                            ? "; numpy.unique(NAMES, return_inverse=True)[1] makes numbers of names"
                            : ""));
        }
        ByteOrder order =
                switch (type.group(1)) {
                    case ">" -> ByteOrder.BIG_ENDIAN;
                    case "=" -> ByteOrder.nativeOrder();
                    default -> ByteOrder.LITTLE_ENDIAN;
                };
        String shapeText = entries.group("shape");
        long[] shape = shape(name, shapeText);
        if (isText) {
            shape = Arrays.copyOf(shape, shape.length + 1);
            shape[shape.length - 1] = Long.parseLong(text.group(2));
        }
        long bytes = NumericArray.bytes(name, numberType.bytes, shape);
        if (bytes != elements.length()) {
            throw new CorruptDataException(name + " has " + elements.length() + " bytes of elements: its shape "
                    + shapeText + " of " + numberType + " needs " + bytes);
        }
        boolean fortran = entries.group("fortran").equals("True") && shape.length > 1;
        return new NumericArray(name, numberType, order, shape, fortran, elements);
    }

    /** Describes a .npy file from its first bytes, such as {@code '<f4' (100, 512)}, for messages. */
    static String description(byte[] start) {
        Matcher found = DESCRIPTION.matcher(new String(start, StandardCharsets.ISO_8859_1));
        return found.find() ? found.group(1) + " " + found.group(2) : "not an array of numbers";
    }

    private static long[] shape(String name, String text) throws CorruptDataException {
        String inner = text.substring(1, text.length() - 1).strip();
        String[] parts = inner.isEmpty() ? new String[0] : inner.split("\\s*,\\s*");
        long[] shape = new long[parts.length];
        for (int i = 0; i < parts.length; i++) {
            if (parts.length > MAX_DIMENSIONS || !DIMENSION.matcher(parts[i]).matches()) {
                throw new CorruptDataException(name + " has the shape " + shorten(text) + ": expected at most "
                        + MAX_DIMENSIONS + " whole numbers");
            }
            shape[i] = Long.parseLong(parts[i]);
        }
        return shape;
    }

    private static String shorten(String header) {
        String line = header.strip().replaceAll("\\p{Cntrl}", "?");
        return line.length() <= 120 ? line : line.substring(0, 120) + "...";
    }
}
