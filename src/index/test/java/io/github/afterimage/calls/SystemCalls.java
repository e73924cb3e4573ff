package io.github.afterimage.calls;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The memory that this process shares with the library of {@code tools/faults.c}, which is between it and the system: sets which
 * calls on the files of a folder fail, and reads what the calls did.
 */
final class SystemCalls {
    /** Names the file of that memory, and the folder. */
    static final String FILE = "AFTERIMAGE_CALLS";

    static final String FOLDER = "AFTERIMAGE_CALLS_FOLDER";

    /** Kinds of calls; the library records no reads, and a force that failed as one of its own kind. */
    enum Call {
        CREATE,
        OPEN,
        WRITE,
        FORCE,
        TRUNCATE,
        RESERVE,
        RENAME,
        LINK,
        UNLINK,
        READ,
        FORCE_FAILED
    }

    /** The effect of a call that fails. */
    enum Fault {
        NONE,
        /** Nothing, and reports an error. */
        FAILS,
        /** Its work, and reports an error. */
        FAILS_LATE,
        /** Half of it, as it says. */
        SHORT
    }

    /**
     * A call that was made.
     *
     * @param file its file descriptor
     * @param offset place of written bytes, or the length of a file
     * @param name in the folder; empty for the folder itself
     * @param to the second name of a rename or a link
     */
    record Done(Call call, int file, long offset, String name, String to, byte[] data) {}

    // As in tools/faults.c.
    private static final int BYTES = 256 << 20;
    private static final int ON = 0;
    private static final int FAULT = 4;
    private static final int CALLS = 8;
    private static final int FIRST = 12;
    private static final int COUNT = 16;
    private static final int COUNTED = 20;
    private static final int FAILED = 24;
    private static final int FULL = 28;
    private static final int END = 32;
    private static final int RECORDS = 40;

    private final ByteBuffer memory;
    private int read;

    SystemCalls(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            memory = channel.map(FileChannel.MapMode.READ_WRITE, 0, BYTES).order(ByteOrder.nativeOrder());
        }
    }

    /** Makes the file that a process is started with. */
    static void prepare(Path file) throws IOException {
        try (RandomAccessFile shared = new RandomAccessFile(file.toFile(), "rw")) {
            shared.setLength(BYTES);
        }
    }

    /** Begins to record; nothing fails. */
    void begin() {
        heal();
        memory.putInt(FAILED, 0).putInt(FULL, 0).putLong(END, 0).putInt(ON, 1);
        read = RECORDS;
    }

    void end() {
        memory.putInt(ON, 0);
    }

    /** From now on, calls of these kinds fail: {@code count} of them, from the one of number {@code first} on. */
    void fail(Fault fault, Set<Call> calls, int first, int count) {
        int bits = calls.stream().mapToInt(call -> 1 << call.ordinal()).sum();
        memory.putInt(CALLS, 0)
                .putInt(FAULT, fault.ordinal())
                .putInt(FIRST, first)
                .putInt(COUNT, count);
        memory.putInt(COUNTED, 0).putInt(CALLS, bits);
    }

    void heal() {
        memory.putInt(CALLS, 0);
    }

    /** Returns the number of calls that have failed since {@link #begin}. */
    int failed() {
        return memory.getInt(FAILED);
    }

    /** Returns what was done since {@link #begin} or the last time. */
    List<Done> next() {
        if (memory.getInt(FULL) != 0) {
            throw new IllegalStateException("more calls than " + BYTES + " bytes have room for");
        }
        int end = RECORDS + (int) memory.getLong(END);
        List<Done> next = new ArrayList<>();
        ByteBuffer records = memory.duplicate().order(memory.order()).position(read);
        while (records.position() < end) {
            Call call = Call.values()[records.getInt()];
            int file = records.getInt();
            long offset = records.getLong();
            int bytes = (int) records.getLong();
            byte[] name = new byte[records.getInt()];
            byte[] to = new byte[records.getInt()];
            byte[] data = new byte[call == Call.WRITE ? bytes : 0];
            records.get(name).get(to).get(data);
            next.add(new Done(call, file, offset, text(name), text(to), data));
        }
        read = end;
        return next;
    }

    private static String text(byte[] name) {
        return new String(name, StandardCharsets.UTF_8);
    }
}
