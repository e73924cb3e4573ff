package io.github.afterimage.keys;

import io.github.afterimage.platform.NumberType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.function.LongConsumer;
import java.util.function.LongToIntFunction;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Checks the numbers of one section as its bytes arrive in order. Keys have unit norm, ids do not descend, labels are classes of
 * the index, scales are positive, a whitening is a lower triangle, components and offsets are finite, and rows of tuning have a direction and
 * logarithms of probabilities.
 *
 * <p>Rounding to the element type changes the norm of a key by at most half the distance of neighbouring numbers: 2^-11
 * for a float16 number (2^-25 below 2^-14), 2^-8 for a bfloat16 number, half the scale for an int8 number. {@value
 * #NORM_ERROR} more allows for the rounding of float32 numbers and of the norm itself.
 */
public final class SectionCheck {
    private static final double NORM_ERROR = 1e-5;
    /** Maximum scale: that of a key with a value of 1, the greatest value in a unit vector. */
    private static final double MAX_SCALE = (1 + NORM_ERROR) / 127;

    /** Reads the scales of int8 keys. */
    public interface Scales {
        /** Returns the scales of {@code count} keys, starting at row {@code first}. */
        FloatBuffer read(long first, int count) throws IOException;
    }

    private final Section section;
    private final KeyFormat format;
    private final int projectedDim;
    private final Scales scales;
    private long row;
    /** Number of elements seen of the unfinished row; {@link #squares} sums those of a key, squared. */
    private int column;

    private double squares;
    private long before = -1;
    /** Number of keys seen with the id {@link #before}. */
    private int views;

    private long wrong;
    private @Nullable String first;
    private LongConsumer wrongRows = wrongRow -> {};

    /**
     * @param projectedDim columns of the projection; 0 if there is none
     * @param scales used for int8 keys only
     */
    public SectionCheck(Section section, KeyFormat format, int projectedDim, Scales scales) {
        this.section = section;
        this.format = format;
        this.projectedDim = projectedDim;
        this.scales = scales;
    }

    /** Describes the first label that is not that of the key before it with the same id; null if there is none. */
    public static @Nullable String problem(long count, LongUnaryOperator ids, LongToIntFunction labels) {
        for (long row = 1; row < count; row++) {
            if (ids.applyAsLong(row) == ids.applyAsLong(row - 1)
                    && labels.applyAsInt(row) != labels.applyAsInt(row - 1)) {
                return Section.LABELS.tensor + ": " + labels.applyAsInt(row) + " at row " + row + ", expected "
                        + labels.applyAsInt(row - 1) + " as before it, because both keys have the id "
                        + ids.applyAsLong(row);
            }
        }
        return null;
    }

    /** Tells a consumer the row of each wrong value. */
    public SectionCheck tell(LongConsumer consumer) {
        wrongRows = consumer;
        return this;
    }

    /** Describes the first wrong value with its row and counts the others; null if all values are right. */
    @Nullable
    public String finding() {
        return wrong > 1 ? first + "; " + (wrong - 1) + " more are wrong" : first;
    }

    /** Checks the next bytes, from the buffer's position to its limit; they hold whole elements. */
    public void accept(ByteBuffer bytes) throws IOException {
        switch (section) {
            case KEYS -> checkKeys(bytes);
            case IDS, REMOVED -> {
                for (; bytes.hasRemaining(); row++) {
                    checkId(bytes.getLong());
                }
            }
            case LABELS, TUNING_LABELS -> {
                for (; bytes.hasRemaining(); row++) {
                    int label = bytes.getInt();
                    if (label < 0 || label >= format.classes()) {
                        wrong(label, "a class in 0.." + (format.classes() - 1));
                    }
                }
            }
            case SCALES -> {
                for (; bytes.hasRemaining(); row++) {
                    float scale = bytes.getFloat();
                    if (!(scale > 0 && scale <= MAX_SCALE)) {
                        wrong(scale, "a number greater than 0 and at most 1/127");
                    }
                }
            }
            case NAME_ENDS, NAMES, THUMBNAIL_ENDS, THUMBNAILS -> {} // DetailColumn checks them together
            case REQUESTS -> {} // KnownRequests checks it as a whole
            case PROJECTION -> checkMatrix(bytes, projectedDim);
            case WHITENING -> checkMatrix(bytes, format.dim());
            case OFFSET -> checkMatrix(bytes, 1);
            case TUNING_KEYS -> checkDirections(bytes);
            case TUNING_NETWORK, TUNING_MIRROR -> {
                for (; bytes.hasRemaining(); row++) {
                    float log = NumberType.F16.toFloat(bytes, bytes.position());
                    if (!(log <= 0 && Float.isFinite(log))) {
                        wrong(log, "the logarithm of a probability, a finite number of at most 0");
                    }
                    bytes.position(bytes.position() + Short.BYTES);
                }
            }
        }
    }

    /** Checks the values of a matrix; {@link #column} counts all that were seen. */
    private void checkMatrix(ByteBuffer bytes, int columns) {
        for (; bytes.hasRemaining(); column++) {
            float value = bytes.getFloat();
            row = column / columns;
            long place = column % columns;
            if (!Float.isFinite(value)) {
                wrong(value, "a finite number at column " + place);
            } else if (section == Section.WHITENING && place > row && value != 0) {
                wrong(value, "0 at column " + place + ", above the diagonal");
            } else if (section == Section.WHITENING && place == row && value <= 0) {
                wrong(value, "a number greater than 0 on the diagonal");
            }
        }
    }

    /** Any row is a direction, but for one of zeros. */
    private void checkDirections(ByteBuffer bytes) {
        while (bytes.hasRemaining()) {
            squares += Math.abs(bytes.get());
            if (++column == format.dim()) {
                if (squares == 0) {
                    wrong(0, "a row that is not all zeros");
                }
                row++;
                column = 0;
                squares = 0;
            }
        }
    }

    private void checkId(long id) {
        views = id == before ? views + 1 : 1;
        if (id < Math.max(before, 0) || id >= KeyFormat.MAX_ID) {
            wrong(id, "at least " + Math.max(before, 0) + " and less than 2^62, because ids do not descend");
        } else if (views > KeyRows.MOST_VIEWS && section == Section.IDS) {
            wrong(id, "at most " + KeyRows.MOST_VIEWS + " keys of an id");
        }
        before = id;
    }

    private void checkKeys(ByteBuffer bytes) throws IOException {
        int elementBytes = format.type().bytes();
        long rowBytes = (long) format.dim() * elementBytes;
        while (bytes.hasRemaining()) {
            if (column == 0 && bytes.remaining() >= rowBytes) {
                checkRows(slice(bytes, bytes.remaining() / (int) rowBytes * (int) rowBytes));
            } else {
                int elements = Math.min(format.dim() - column, bytes.remaining() / elementBytes);
                ByteBuffer piece = slice(bytes, elements * elementBytes);
                double sum = RowKernels.squares(piece, 1, elements, format.type())[0];
                squares += Double.isFinite(sum) ? sum : exactly(piece, elements);
                column += elements;
                if (column == format.dim()) {
                    endRow(squares, format.type().scaled() ? scales.read(row, 1).get(0) : 1);
                    column = 0;
                    squares = 0;
                }
            }
        }
    }

    private void checkRows(ByteBuffer rows) throws IOException {
        int rowBytes = format.dim() * format.type().bytes();
        int count = rows.remaining() / rowBytes;
        FloatBuffer scale = format.type().scaled() ? scales.read(row, count) : null;
        double[] sums = RowKernels.squares(rows, count, format.dim(), format.type());
        for (int i = 0; i < count; i++) {
            double sum = Double.isFinite(sums[i])
                    ? sums[i]
                    : exactly(slice(rows.position(i * rowBytes), rowBytes), format.dim());
            endRow(sum, scale == null ? 1 : scale.get(i));
        }
    }

    /** @param sum sum of the squares of the key's elements; NaN if a wrong element is reported already */
    private void endRow(double sum, float scale) {
        double norm = scale * Math.sqrt(sum);
        double error = NORM_ERROR + rounding(scale);
        if (Math.abs(norm - 1) > error) {
            wrong((float) norm, "a key of norm 1 within " + (float) error);
        }
        row++;
    }

    private double rounding(float scale) {
        double root = Math.sqrt(format.dim());
        return switch (format.type()) {
            case FLOAT32 -> 0;
            case FLOAT16 -> 0x1p-11 + 0x1p-25 * root;
            case BFLOAT16 -> 0x1p-8;
            case INT8 -> scale / 2 * root;
        };
    }

    /**
     * Sums squares in double, for sums that overflow float32. Reports an element that is not finite and returns NaN.
     */
    private double exactly(ByteBuffer piece, int elements) {
        NumberType number = NumberType.of(format.type());
        double sum = 0;
        for (int i = 0; i < elements; i++) {
            double value = number.read(piece, i);
            if (!Double.isFinite(value)) {
                if (!Double.isNaN(squares)) {
                    wrong((float) value, "a finite number at column " + (column + i));
                }
                return Double.NaN;
            }
            sum += value * value;
        }
        return sum;
    }

    /** Returns the next bytes and moves the position behind them. */
    private static ByteBuffer slice(ByteBuffer bytes, int length) {
        ByteBuffer slice = bytes.slice(bytes.position(), length).order(bytes.order());
        bytes.position(bytes.position() + length);
        return slice;
    }

    private void wrong(Number value, String expected) {
        wrongRows.accept(row);
        if (wrong++ == 0) {
            first = section.tensor + ": " + value + " at row " + row + ", expected " + expected;
        }
    }
}
