# SPDX-License-Identifier: BSL-1.0
# What Doxygen reads in place of a header; see docs/Doxyfile. Lines stay where they are.
s/^namespace telar::inline TELAR_ABI/namespace telar/
/\/\/\//{
    s/[<>@\\#%&]/\\&/g
    s|^\( *///\) \([a-z][a-z]*\)   *|\1 <br><b>\2</b> |
}
