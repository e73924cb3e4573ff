package io.github.afterimage.file;

import io.github.afterimage.platform.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.IntPredicate;

/**
 * The system's files, with a log of what was done to them; operations of given numbers fail. Nothing is forced, because the
 * system does not crash in these tests.
 */
public class RecordedDisk implements Disk {

    /** An operation on the disk. */
    sealed interface Operation {}

    /** A new file, numbered. */
    record Create(int number, String name) implements Operation {}

    record Write(int number, long position, byte[] bytes) implements Operation {}

    record Force(int number) implements Operation {}

    record Rename(String from, String to) implements Operation {}

    record Link(String name, String existing) implements Operation {}

    record Delete(String name) implements Operation {}

    record ForceFolder() implements Operation {}

    final List<Operation> log = Collections.synchronizedList(new ArrayList<>());
    private final Map<Path, Integer> numbers = new ConcurrentHashMap<>();
    private final AtomicInteger files = new AtomicInteger();
    /** Is called with the new name before a file gets it. */
    Consumer<String> beforeRename = name -> {};

    /** Whether a write takes half of the bytes, as the system may. */
    boolean halves;

    private final AtomicInteger operations = new AtomicInteger();
    private final AtomicInteger failures = new AtomicInteger();
    private final IntPredicate failing;
    /** Whether deletions and truncations count, and fail, too. */
    private final boolean all;
    /** Whether an operation that fails has its effect. */
    private final boolean late;

    public RecordedDisk() {
        this(-1);
    }

    /** @param failing the number of the operation that finds the disk full, deletions not counted */
    public RecordedDisk(int failing) {
        this(number -> number == failing, false, false);
    }

    /**
     * @param failing chooses the operations that fail, by their number, all counted
     * @param late true to let them fail after they have had their effect
     */
    public RecordedDisk(IntPredicate failing, boolean late) {
        this(failing, true, late);
    }

    private RecordedDisk(IntPredicate failing, boolean all, boolean late) {
        this.failing = failing;
        this.all = all;
        this.late = late;
    }

    /** Bytes written to index files; the journal, which has the names of some files, is not one. */
    long bytesWritten() {
        Set<Integer> journals = new HashSet<>();
        long bytes = 0;
        for (Operation operation : log) {
            if (operation instanceof Create create && create.name.endsWith(".saving")) {
                journals.add(create.number);
            } else if (operation instanceof Write write && !journals.contains(write.number)) {
                bytes += write.bytes.length;
            }
        }
        return bytes;
    }

    /** Returns true if an operation has failed. */
    public boolean failed() {
        return failures.get() > 0;
    }

    /** Fails an operation. */
    void fail() throws IOException {
        throw new IOException("No space left on device");
    }

    private boolean fails() {
        boolean fails = failing.test(operations.getAndIncrement());
        failures.addAndGet(fails ? 1 : 0);
        return fails;
    }

    private interface Action<T> {
        T run() throws IOException;
    }

    private interface Work {
        void run() throws IOException;
    }

    private void operate(boolean counted, Work work) throws IOException {
        boolean fails = counted && fails();
        if (!fails || late) {
            work.run();
        }
        if (fails) {
            fail();
        }
    }

    private FileChannel opened(Action<Channel> action) throws IOException {
        List<Channel> opened = new ArrayList<>();
        try {
            operate(true, () -> opened.add(action.run()));
        } catch (IOException | RuntimeException | Error e) {
            for (Channel channel : opened) {
                channel.close();
            }
            throw e;
        }
        return opened.get(0);
    }

    @Override
    public FileChannel create(Path file, Path like) throws IOException {
        return opened(() -> {
            Channel channel = new Channel(SYSTEM.create(file, like), files.getAndIncrement());
            log.add(new Create(channel.number, IndexFile.name(file)));
            numbers.put(file, channel.number);
            return channel;
        });
    }

    @Override
    public FileChannel open(Path file) throws IOException {
        return opened(() ->
                new Channel(SYSTEM.open(file), numbers.computeIfAbsent(file, unknown -> files.getAndIncrement())));
    }

    /** Finds room, but does not make the file longer. */
    @Override
    public void reserve(Path file, long from, long bytes) throws IOException {
        operate(true, () -> {});
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        operate(true, () -> {
            beforeRename.accept(IndexFile.name(to));
            SYSTEM.rename(from, to);
            log.add(new Rename(IndexFile.name(from), IndexFile.name(to)));
        });
    }

    @Override
    public void link(Path name, Path file) throws IOException {
        operate(true, () -> {
            SYSTEM.link(name, file);
            log.add(new Link(IndexFile.name(name), IndexFile.name(file)));
        });
    }

    @Override
    public void delete(Path file) throws IOException {
        operate(all, () -> {
            SYSTEM.delete(file);
            log.add(new Delete(IndexFile.name(file)));
        });
    }

    @Override
    public void force(Path folder) throws IOException {
        operate(true, () -> log.add(new ForceFolder()));
    }

    private final class Channel extends FileChannel {
        private final FileChannel channel;
        private final int number;

        Channel(FileChannel channel, int number) {
            this.channel = channel;
            this.number = number;
        }

        @Override
        public int write(ByteBuffer source) throws IOException {
            if (fails()) { // after as much as there was room for
                channel.write(source.slice(source.position(), late ? source.remaining() : source.remaining() / 2));
                fail();
            }
            byte[] bytes = new byte[halves ? (source.remaining() + 1) / 2 : source.remaining()];
            source.get(bytes);
            log.add(new Write(number, channel.position(), bytes));
            ByteBuffer rest = ByteBuffer.wrap(bytes);
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
            return bytes.length;
        }

        @Override
        public long position() throws IOException {
            return channel.position();
        }

        @Override
        public FileChannel position(long position) throws IOException {
            channel.position(position);
            return this;
        }

        @Override
        public void force(boolean metadata) throws IOException {
            operate(true, () -> log.add(new Force(number)));
        }

        @Override
        protected void implCloseChannel() throws IOException {
            channel.close();
        }

        @Override
        public int read(ByteBuffer target) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long read(ByteBuffer[] targets, int offset, int length) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int read(ByteBuffer target, long position) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long write(ByteBuffer[] sources, int offset, int length) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int write(ByteBuffer source, long position) throws IOException {
            channel.position(position);
            return write(source);
        }

        @Override
        public long size() {
            throw new UnsupportedOperationException();
        }

        @Override
        public FileChannel truncate(long size) throws IOException {
            operate(all, () -> channel.truncate(size));
            return this;
        }

        @Override
        public long transferTo(long position, long count, WritableByteChannel target) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long transferFrom(ReadableByteChannel source, long position, long count) {
            throw new UnsupportedOperationException();
        }

        @Override
        public MappedByteBuffer map(MapMode mode, long position, long size) {
            throw new UnsupportedOperationException();
        }

        @Override
        public FileLock lock(long position, long size, boolean shared) {
            throw new UnsupportedOperationException();
        }

        @Override
        public FileLock tryLock(long position, long size, boolean shared) {
            throw new UnsupportedOperationException();
        }
    }
}
