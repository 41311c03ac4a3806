// SPDX-License-Identifier: BSL-1.0
// Writes HDF5 files that h5py and Keras read: groups, arrays in one piece, attributes that are one text.
#pragma once
#include <telar/io/hdf5.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace telar::inline TELAR_ABI::io::hdf5 {

/// A file under construction; its groups are those in the paths of what is added.
///
/// errors    invalid_argument: a path that stands twice, or that is empty
/// source    as of hdf5.hpp: superblock version 0, object headers of version 1, whose links are messages
/// test      tests/io/hdf5_test.cpp; Keras reads it, tests/fixtures/keras_opens.py
class writer {
public:
    /// The bytes are not copied, and must outlive finish().
    void add_array(std::string_view path, dtype type, const shape& extents, std::span<const std::byte> bytes) {
        node& n = at(path);
        if (n.is_array || !n.members.empty()) fail<invalid_argument>("hdf5: '" + std::string(path) + "' stands twice");
        n.is_array = true;
        n.type = type;
        n.extents = extents;
        n.bytes = bytes;
        if (type == dtype::bfloat16) n.texts.emplace_back("dtype", "bfloat16");  // as Keras says it
    }
    void add_group(std::string_view path) { at(path); }
    void add_text(std::string_view path, std::string name, std::string text) {
        at(path).texts.emplace_back(std::move(name), std::move(text));
    }
    std::vector<std::byte> finish() const {
        byte_writer to;
        constexpr std::uint16_t leaf_k = 4, inner_k = 16;
        constexpr std::uint8_t eight = 8;
        constexpr std::uint64_t none = 0;
        to.text(signature).number<std::uint32_t>(0).number<std::uint8_t>(0).number(eight).number(eight);
        to.number<std::uint8_t>(0).number(leaf_k).number(inner_k).number<std::uint32_t>(0);
        to.number(none).number(undefined);
        const std::size_t end_at = to.size();
        to.number(none).number(undefined).number(none);
        const std::size_t root_at = to.size();
        to.number(none).number(none).number(none).number(none);
        to.set(root_at, put(root_, to));
        to.set(end_at, std::uint64_t{to.size()});
        return std::move(to).bytes();
    }

private:
    struct node {
        std::vector<std::pair<std::string, std::unique_ptr<node>>> members;  // in the order in which they came
        std::vector<std::pair<std::string, std::string>> texts;
        bool is_array = false;
        dtype type = dtype::float32;
        shape extents;
        std::span<const std::byte> bytes;
    };

    node& at(std::string_view path) {
        node* n = &root_;
        while (!path.empty()) {
            const std::string_view name = path.substr(0, path.find('/'));
            path.remove_prefix(std::min(path.size(), name.size() + 1));
            if (name.empty() || name.size() > 1000 || n->is_array)
                fail<invalid_argument>("hdf5: '" + std::string(name) + "' cannot be the name of a member");
            node* next = nullptr;
            for (const auto& [its_name, member] : n->members)
                if (its_name == name) next = member.get();
            if (!next) next = n->members.emplace_back(name, std::make_unique<node>()).second.get();
            n = next;
        }
        return *n;
    }

    /// Writes what is in a node, then the node; returns where it stands.
    static std::uint64_t put(const node& n, byte_writer& to) {
        std::vector<byte_writer> messages;
        const auto add = [&](message_type type) -> byte_writer& {
            return messages.emplace_back().number<std::uint16_t>(type).number<std::uint16_t>(0).number<std::uint32_t>(
                0);
        };
        if (n.is_array) {
            const std::uint64_t data = n.bytes.empty() ? undefined : to.pad(8).size();
            to.raw(n.bytes);
            put_space(n.extents, add(dataspace_message));
            put_type(n.type, add(type_message));
            constexpr std::uint8_t version = 3, in_one_piece = 1;
            add(layout_message).number(version).number(in_one_piece).number(data).number<std::uint64_t>(n.bytes.size());
        } else {
            add(link_info_message).number<std::uint16_t>(0).number(undefined).number(undefined);
            add(group_info_message).number<std::uint16_t>(0);
            for (const auto& [name, member] : n.members) {
                const std::uint64_t where = put(*member, to);
                constexpr std::uint8_t version = 1, has_long_name = 1, has_letters = 16, utf8 = 1;
                add(link_message).number(version).number<std::uint8_t>(has_long_name | has_letters).number(utf8);
                messages.back().number(static_cast<std::uint16_t>(name.size())).text(name).number(where);
            }
        }
        for (const auto& [name, text] : n.texts) put_text(name, text, add(attribute_message));
        to.pad(8);
        const std::uint64_t begin = to.size();
        std::size_t size = 0;
        for (byte_writer& m : messages) size += m.pad(8).size();
        to.number<std::uint16_t>(1).number(static_cast<std::uint16_t>(messages.size())).number<std::uint32_t>(1);
        to.number(static_cast<std::uint32_t>(size)).number<std::uint32_t>(0);
        for (byte_writer& m : messages) {
            m.set(2, static_cast<std::uint16_t>(m.size() - 8));
            to.raw(m.bytes());
        }
        return begin;
    }
    static void put_space(const shape& extents, byte_writer& to) {
        constexpr std::uint8_t version = 1;
        to.number(version).number(static_cast<std::uint8_t>(extents.rank)).number<std::uint16_t>(0);
        to.number<std::uint32_t>(0);
        for (int k = 0; k < extents.rank; ++k) to.number(static_cast<std::uint64_t>(extents[k]));
    }
    static void put_type(dtype type, byte_writer& to) {
        constexpr std::uint8_t integer = 0x10, real = 0x11, opaque = 0x15, is_signed = 8, one_is_implied = 0x20;
        const auto bits = static_cast<std::uint16_t>(8 * size_of(type));
        const auto size = static_cast<std::uint32_t>(size_of(type));
        if (type == dtype::bfloat16) {  // which HDF5 does not know
            constexpr std::uint8_t length_of_tag = 8;
            to.number(opaque).number(length_of_tag).number<std::uint16_t>(0).number(size).number<std::uint64_t>(0);
        } else if (is_float(type)) {
            for (const float_layout& f : float_layouts) {
                if (f.type != type) continue;
                to.number(real).number(one_is_implied).number(static_cast<std::uint8_t>(bits - 1));
                to.number<std::uint8_t>(0).number(size).number<std::uint16_t>(0).number(bits);
                to.number(f.exponent_at).number(f.exponent_bits).number<std::uint8_t>(0).number(f.mantissa_bits);
                to.number(f.bias);
            }
        } else {
            to.number(integer).number(is_integer(type) && !is_unsigned(type) ? is_signed : std::uint8_t{0});
            to.number<std::uint16_t>(0).number(size).number<std::uint16_t>(0).number(bits);
        }
    }
    static void put_text(const std::string& name, const std::string& text, byte_writer& to) {
        constexpr std::uint8_t version = 1, fixed_text = 0x13, zeros_behind_utf8 = 0x11;
        const auto size = static_cast<std::uint32_t>(text.empty() ? 1 : text.size());
        if (size > 60'000) fail<invalid_argument>("hdf5: the text '" + name + "' is too long for an attribute");
        to.number(version).number<std::uint8_t>(0).number(static_cast<std::uint16_t>(name.size() + 1));
        to.number<std::uint16_t>(8).number<std::uint16_t>(8);
        to.text(name).number('\0').pad(8);
        to.number(fixed_text).number(zeros_behind_utf8).number<std::uint16_t>(0).number(size);
        put_space(shape(), to);
        to.text(text.empty() ? std::string_view("\0", 1) : std::string_view(text));
    }

    node root_;
};

}  // namespace telar::inline TELAR_ABI::io::hdf5
